"""`leak-responder report`: what a scanner found, down to the access keys of ours.

results → baseline → answering → command. The first reads what any of the scanners wrote, the second finds the key
behind a hash, the third asks AWS whose it is and orders.
"""
