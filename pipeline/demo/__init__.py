"""Local doubles of the internet: a YouTube, a Suomidigi and an inbox for the demo and the tests, all on loopback."""
