"""Why a page looks as it does, in parts of scores and in words."""
