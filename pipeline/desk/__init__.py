"""Commands about the project as a whole: is this machine fit for it, what differs between two runs."""
