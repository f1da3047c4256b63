"""The Harbour Courier: its content and its renderer."""
