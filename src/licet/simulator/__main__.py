import sys

from licet.simulator.command import main

sys.exit(main())
