"""Decide Approval: the pages behind the links in approvers' mails."""
