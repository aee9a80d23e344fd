"""`python -m pleura` is the command line."""

from pleura.cli import main

if __name__ == "__main__":
    main()
