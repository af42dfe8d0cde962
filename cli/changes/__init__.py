"""Shows what a change of a setting does in AWS, from the program and facts about replacement."""
