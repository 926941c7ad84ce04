"""Close Approval: end a wait for people whose time is up."""
