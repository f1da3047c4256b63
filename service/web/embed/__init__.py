"""What pages embed: ready HTML of widgets and slots, and the script that fetches and shows it."""
