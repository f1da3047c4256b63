"""The article index: built, kept in generations, mapped and searched."""
