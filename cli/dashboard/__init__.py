"""`clipit dashboard`: draws the deployed dashboards without the console."""
