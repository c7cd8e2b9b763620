"""Networks of other tools: from Brian2 objects and scripts, from and to NIR graphs."""
