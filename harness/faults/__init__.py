"""What is broken: injected, proven, leased, healed. See CONTRACT.md before you write one."""
