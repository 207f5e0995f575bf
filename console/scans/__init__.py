"""`leak-responder scan`: what a scanner found, down to the access keys of this account.

decoding → formats → reader → lookup → answering → command. `reader` reads what any of the scanners wrote, `lookup`
finds the key ids that a result does not name, `answering` asks AWS for their owners and orders.
"""
