"""``python -m mock_center``: run the supervisor."""

import sys

from mock_center.supervisor.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
