"""What an attacker or an accident would do, each with a control in which it succeeds."""
