"""The calendar: what a month, a week and a day hold, and what leaves for other calendars by RFC 5545."""
