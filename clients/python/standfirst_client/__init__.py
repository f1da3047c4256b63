"""What a page renderer imports: asks Standfirst for a page, and never breaks the page it is asked for."""
