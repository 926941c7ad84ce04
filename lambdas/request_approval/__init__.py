"""Request Approval: ask every approver whom policy names, and wait for the decision."""
