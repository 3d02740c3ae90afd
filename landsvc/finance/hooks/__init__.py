"""Push slips to the machines that asked for it: signed, again and again until they are acknowledged or given up."""
