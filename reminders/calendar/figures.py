"""What a month, a week or a day holds, placed as it is drawn.

Thousands may be due in a month. So all of a page's reminders are read as bare tuples, laid out, and only those that are
drawn are loaded whole; each heap says how many more there are, and opens its day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Q

from accounts.models import User
from reminders.calendar.state import CalendarState, Kind, View, zone_of
from reminders.models import Reminder, State
from reminders.wall_time import moment_of

MOST_ROWS = 20_000
IN_CELL = 4
"""So many lines in a cell of a month or of a team's week; of more, one line says how many."""
IN_STRIP = 4
LANES_OF_WEEK, LANES_OF_DAY = 2, 5
"""So many stand side by side: in a column of a week, more would show a few letters each; five times two columns leave a day two for
how many more there are."""
PEOPLE_SIDE_BY_SIDE = 8
LIST_FROM = 40
"""A day with more than so many is a list."""
LIST_PAGE = 200
_LEAST_MINUTES = 30
"""What has no length, or less, is drawn so long that a line of words fits."""
_COLUMNS = 12
_FOR_MORE = 2
"""So many of the columns are for how many more there are."""


class Row(NamedTuple):
    """A reminder, bare: enough to lay it out."""

    pk: int
    owner_id: int | None
    state: str
    on_day: date
    at_time: time | None
    due_at: datetime
    minutes: int | None


@dataclass
class Entry:
    """A reminder where it is drawn. `place` are the classes of calendar.css that put it there; empty in lists."""

    row: Row
    day: date
    starts: datetime | None
    place: str = ""
    reminder: Reminder | None = None
    is_late: bool = False
    is_movable: bool = False

    @property
    def is_done(self) -> bool:
        return self.row.state == State.DONE

    @property
    def on(self) -> str:
        """Its day, for the script. (The filter "date" takes ten times as long, and there are hundreds of entries.)"""
        return self.day.isoformat()

    @property
    def at(self) -> str:
        """When it starts, likewise."""
        return f"{self.starts:%H:%M}" if self.starts is not None else ""

    @property
    def ends(self) -> datetime | None:
        return self.starts + timedelta(minutes=self.row.minutes) if self.starts is not None and self.row.minutes else None


@dataclass
class More:
    """How many more stand here than are drawn, and where one sees them."""

    count: int
    url: str
    place: str = ""


@dataclass
class Heap:
    """Entries one under another: a cell of a month, the strip of a day, a day of somebody."""

    entries: list[Entry] = field(default_factory=list)
    more: More | None = None
    count: int = 0
    late: int = 0


@dataclass
class Day:
    """A day of a month."""

    day: date
    url: str
    heap: Heap
    is_today: bool
    is_outside: bool

    @property
    def dots(self) -> range:
        """One dot for each, three at most: what a phone has room for."""
        return range(min(3, self.heap.count))


@dataclass
class Column:
    """A day, or a day of somebody, with its hours."""

    day: date
    url: str
    strip: Heap
    timed: list[Entry]
    heaps: list[More]
    is_today: bool
    person: User | None = None

    @property
    def hidden(self) -> int:
        """How many have no room in its hours."""
        return sum(heap.count for heap in self.heaps)

    @property
    def is_empty(self) -> bool:
        return not (self.strip.count or self.timed or self.heaps)


@dataclass
class Lane:
    """A week of somebody."""

    person: User
    days: list[Heap]


@dataclass
class Board:
    """All that a page draws; what does not belong to its `kind` is empty."""

    kind: Kind
    weeks: list[list[Day]] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    listed: Heap = field(default_factory=Heap)
    hours: Sequence[int] = ()
    count: int = 0
    late: int = 0
    is_cut: bool = False
    left_out: int = 0
    """People of whom there was no room for a column."""

    @property
    def first_hour(self) -> int:
        return self.hours[0] if self.hours else 0


def draw(state: CalendarState, user: User, now: datetime, *, page: int = 1) -> Board:
    """Return what the calendar shows to `user`. Three queries at most, however much there is."""
    return _Drawing(state, user, now).board(page)


class _Drawing:
    def __init__(self, state: CalendarState, user: User, now: datetime) -> None:
        self.state, self.user, self.now, self.zone = state, user, now, zone_of(user)
        self.drawn: list[Entry] = []
        self.may_move_all = user.has_perm("reminders.change_any_reminder")
        self.may_move_own = user.has_perm("reminders.change_reminder")

    def board(self, page: int) -> Board:
        owners = [one.pk for one in self.state.people] if self.state.is_team else [self.user.pk]
        rows = self._rows(owners)
        by_day: dict[date, list[Row]] = defaultdict(list)
        for row in rows:
            if self.state.first <= (day := self._day_of(row)) <= self.state.last:
                by_day[day].append(row)
        board = self._drawn(by_day, page)
        shown = [row for of_day in by_day.values() for row in of_day]
        board.count, board.late = len(shown), sum(map(self._is_late, shown))
        board.is_cut = len(rows) >= MOST_ROWS
        self._load()
        return board

    def _rows(self, owners: Sequence[int]) -> list[Row]:
        """Read what is open or done from the first day to the last. Indexes: reminder_of_owner, reminder_done_of_owner."""
        around = timedelta(days=1)  # "that day" is a day of its owner's zone
        first = moment_of(self.state.first, time(), self.zone) - around
        last = moment_of(self.state.last, time.max, self.zone) + around
        mine = Q(owner__in=owners, due_at__range=(first, last))
        found = Reminder.objects.visible_to(self.user).filter(mine & Q(state=State.OPEN) | mine & Q(state=State.DONE))
        return [Row(*row) for row in found.order_by("due_at", "pk").values_list(*Row._fields)[:MOST_ROWS]]

    def _day_of(self, row: Row) -> date:
        return row.on_day if row.at_time is None else row.due_at.astimezone(self.zone).date()

    def _is_late(self, row: Row) -> bool:
        if row.state != State.OPEN:
            return False
        return self._day_of(row) < self.state.today if row.at_time is None else row.due_at < self.now

    def _drawn(self, by_day: dict[date, list[Row]], page: int) -> Board:
        state = self.state
        if state.view == View.MONTH:
            days = [self._month_day(day, by_day[day]) for day in state.days()]
            return Board("month", weeks=[days[at : at + 7] for at in range(0, len(days), 7)])
        if state.view == View.WEEK and state.is_team:
            return Board("lanes", lanes=[self._lane(person, by_day) for person in state.people])
        if state.view == View.WEEK:
            hours = self._hours(row for rows in by_day.values() for row in rows)
            return Board("week", columns=[self._column(day, by_day[day], hours, LANES_OF_WEEK) for day in state.days()], hours=hours)
        rows = by_day[state.day]
        if state.is_team and len(state.people) != 1:
            return self._people(rows)
        if len(rows) > LIST_FROM:
            return self._list(rows, page)
        hours = self._hours(rows)
        column = self._column(state.day, rows, hours, LANES_OF_DAY)
        return self._list(rows, page) if column.heaps else Board("day", columns=[column], hours=hours)

    def _list(self, rows: list[Row], page: int) -> Board:
        start = (min(max(page, 1), 1 + (len(rows) - 1) // LIST_PAGE) - 1) * LIST_PAGE
        self.drawn.clear()
        heap = Heap([self._entry(row) for row in _days_first(rows)[start : start + LIST_PAGE]], count=len(rows))
        if (left := len(rows) - start - LIST_PAGE) > 0:
            heap.more = More(left, f"{self.state.address()}&page={start // LIST_PAGE + 2}")
        return Board("list", listed=heap)

    def _people(self, rows: list[Row]) -> Board:
        people, hours = self.state.people, self._hours(rows)
        by_owner: dict[int | None, list[Row]] = defaultdict(list)
        for row in rows:
            by_owner[row.owner_id].append(row)
        columns = []
        for person in people[:PEOPLE_SIDE_BY_SIDE]:
            url = self.state.address(chosen=[person.pk])
            columns.append(self._column(self.state.day, by_owner[person.pk], hours, LANES_OF_WEEK, url=url, person=person))
        return Board("people", columns=columns, hours=hours, left_out=max(0, len(people) - PEOPLE_SIDE_BY_SIDE))

    def _month_day(self, day: date, rows: list[Row]) -> Day:
        url = self.state.address(view=View.DAY, day=day)
        outside = day.month != self.state.day.month
        return Day(day, url, self._heap(rows, IN_CELL, url), is_today=day == self.state.today, is_outside=outside)

    def _lane(self, person: User, by_day: dict[date, list[Row]]) -> Lane:
        cells = []
        for day in self.state.days():
            url = self.state.address(view=View.DAY, day=day, chosen=[person.pk])
            cells.append(self._heap([row for row in by_day[day] if row.owner_id == person.pk], IN_CELL, url))
        return Lane(person, cells)

    def _heap(self, rows: list[Row], most: int, url: str) -> Heap:
        drawn = len(rows) if len(rows) <= most else most - 1
        entries = [self._entry(row) for row in _days_first(rows)[:drawn]]
        more = More(len(rows) - drawn, url) if len(rows) > drawn else None
        return Heap(entries, more, len(rows), sum(map(self._is_late, rows)))

    def _column(self, day: date, rows: list[Row], hours: Sequence[int], lanes: int, *, url: str = "", person: User | None = None) -> Column:
        url = url or self.state.address(view=View.DAY, day=day)
        strip = self._heap([row for row in rows if row.at_time is None], IN_STRIP, url)
        timed, heaps = self._lay_out([row for row in rows if row.at_time is not None], hours, lanes, url)
        return Column(day, url, strip, timed, heaps, is_today=day == self.state.today, person=person)

    # --- hours

    def _hours(self, rows: Iterable[Row]) -> range:
        """Return the hours that are drawn: the user's working day, and whatever stands before and after it."""
        starts = self.user.work_from.hour
        ends = self.user.work_until.hour + bool(self.user.work_until.minute)
        for row in rows:
            if row.at_time is not None:
                begins, over = self._minutes(row)
                starts, ends = min(starts, begins // 60), max(ends, -(-over // 60))
        return range(starts, max(ends, starts + 1))

    def _minutes(self, row: Row) -> tuple[int, int]:
        """Return from when to when a row is drawn, in minutes of its day: whole quarters of an hour, so that no two cover one another."""
        here = row.due_at.astimezone(self.zone)
        at = here.hour * 60 + here.minute
        begins = min(at - at % 15, 24 * 60 - _LEAST_MINUTES)
        over = at + (row.minutes or 0)
        return begins, min(max(over + -over % 15, begins + _LEAST_MINUTES), 24 * 60)

    def _lay_out(self, rows: list[Row], hours: Sequence[int], lanes: int, url: str) -> tuple[list[Entry], list[More]]:
        """Put what overlaps side by side; of what is too much for that, say how many."""
        entries, heaps = [], []
        for together in self._overlapping(rows):
            ends: list[int] = []
            placed: list[tuple[Row, int]] = []
            for row in together:
                begins, over = self._minutes(row)
                lane = next((at for at, until in enumerate(ends) if until <= begins), len(ends))
                ends[lane : lane + 1] = [over]
                placed.append((row, lane))
            hidden = [row for row, lane in placed if lane >= lanes]
            columns = _COLUMNS - _FOR_MORE if hidden else _COLUMNS
            width = columns // next(one for one in (1, 2, 3, 4, 5) if one >= min(len(ends), lanes))
            for row, lane in placed:
                if lane < lanes:
                    entries.append(self._entry(row, self._place(*self._minutes(row), hours, lane * width, width)))
            for crowd in self._overlapping(hidden):
                begins = self._minutes(crowd[0])[0]
                place = self._place(begins, begins + _LEAST_MINUTES, hours, _COLUMNS - _FOR_MORE, _FOR_MORE)
                heaps.append(More(len(crowd), url, place))
        return entries, heaps

    def _overlapping(self, rows: list[Row]) -> Iterable[list[Row]]:
        together: list[Row] = []
        until = 0
        for row in sorted(rows, key=lambda row: (row.due_at, self._minutes(row)[1], row.pk)):
            begins, over = self._minutes(row)
            if together and begins >= until:
                yield together
                together = []
            until = max(until, over) if together else over
            together.append(row)
        if together:
            yield together

    def _place(self, begins: int, over: int, hours: Sequence[int], before: int, wide: int) -> str:
        quarter = (begins - hours[0] * 60) // 15
        span = max(2, -(-over // 15) - begins // 15)
        return f"q{quarter} n{span} c{before + 1} s{wide}"

    # --- rows

    def _entry(self, row: Row, place: str = "") -> Entry:
        starts = row.due_at.astimezone(self.zone) if row.at_time is not None else None
        movable = row.state == State.OPEN and (self.may_move_all or (self.may_move_own and row.owner_id == self.user.pk))
        entry = Entry(row, self._day_of(row), starts, place, is_late=self._is_late(row), is_movable=movable)
        self.drawn.append(entry)
        return entry

    def _load(self) -> None:
        """Bring the rows that are drawn whole, and with each what stands for it."""
        whole = Reminder.objects.for_calendar().in_bulk([entry.row.pk for entry in self.drawn])
        for entry in self.drawn:
            entry.reminder = whole.get(entry.row.pk)


def _days_first(rows: list[Row]) -> list[Row]:
    """What is for the day before what has a time."""
    return sorted(rows, key=lambda row: (row.at_time is not None, row.due_at, row.pk))
