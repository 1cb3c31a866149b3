"""Invented people, institutions that see only their own topics, and a coordinator who works from `tasks`.

It writes down what it meant, in a journal, and never counts: the count stands in `console.count`.
"""
