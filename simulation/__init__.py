"""Invented people, institutions that read only their own topics, and a coordinator who works from `handoff tasks`.

The simulation writes a journal of what it does. `console.count` compares that with the record.
"""
