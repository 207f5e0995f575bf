"""`leak-responder backtest`: the rules over recorded events.

inquiry.files → inquiry.reading → sifting → spool → judging → showing. The first three run in every process, one file
at a time; what they find is put in order of time and judged once, for what is open about somebody depends on all that
came before.
"""
