# SPDX-License-Identifier: MulanPSL-2.0
<<<<<<< HEAD
"""Hand-written stand-ins for the outside world."""
=======
"""Hand-written fakes of the ports."""
>>>>>>> core
