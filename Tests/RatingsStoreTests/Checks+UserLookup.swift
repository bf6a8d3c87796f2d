import Errors
import Ratings
import TestEnvironment
import Testing

/// Checks sessions that also read the user's own tables.
extension StoreCheck {
  static let userLookups = [
    StoreCheck("a session reads the newest of a user's ratings in both tables") { fixture in
      try fixture.write([
        Rating(7, 10, 3, at: 2_000_000), Rating(7, 11, 4), Rating(7, 12, 1, at: 9_000_000),
      ])
      try review(fixture)
      let session = fixture.store.session(reading: try query(fixture))
      let expected = [
        Rating(7, 12, 1, at: 9_000_000), Rating(7, 10, 5, at: 3_000_000),
        Rating(7, 13, 2, at: 1_000_000), Rating(7, 11, 4),
      ]
      #expect(try session.ratings(of: UserID(7), limit: 9) == expected)
      #expect(try session.ratings(of: UserID(7), limit: 2) == Array(expected.prefix(2)))
      #expect(try session.ratings(of: UserID(8), limit: 9) == [Rating(8, 10, 1, at: 3_000_000)])
      #expect(try session.ratings(of: UserID(9), limit: 9).isEmpty)
      // An id beyond 32 bits can't occur in the table.
      #expect(try session.ratings(of: UserID(1 << 40), limit: 9).isEmpty)
      // Writes go to the store's own table.
      let outcomes = try session.carryOut([.rate(Rating(8, 10, 2, at: 4_000_000))])
      #expect(outcomes.map(\.word) == ["added"])
      #expect(try session.ratings(of: UserID(8), limit: 9) == [Rating(8, 10, 2, at: 4_000_000)])
    },
    StoreCheck("a session tells of changes of the user's tables") { fixture in
      try review(fixture)
      let session = fixture.store.session(reading: try query(fixture))
      #expect(try session.hasForeignChanges())
      let isToldTwice = try fixture.undisturbed {
        _ = try session.hasForeignChanges()
        return try session.hasForeignChanges()
      }
      #expect(isToldTwice == false)
      try fixture.execute("delete from review where film = 10")
      #expect(try session.hasForeignChanges())
      #expect(try session.ratings(of: UserID(8), limit: 9).isEmpty)
    },
    StoreCheck("a store without types takes those of the query") { fixture in
      _ = try fixture.store.migrate()
      try review(fixture)
      let session = fixture.store.session(reading: try query(fixture))
      #expect(try session.carryOut([.rate(Rating(1, 2, 3))]).map(\.word) == ["added"])
      #expect(try fixture.store.settings().userType == .integer)
      #expect(try fixture.readAll() == [Rating(1, 2, 3)])
    },
    StoreCheck("a query that finds no user by an index is refused, with what it reads") { fixture in
      try review(fixture)
      try fixture.execute("drop index review_who")
      for source in ["review", "(select * from review where stars > 0)"] {
        let sql = "select who, film, stars, seen from \(source) as r"
        let session = fixture.store.session(
          reading: try RatingsQuery(sql, store: fixture.store.name))
        let error = storeError { _ = try session.settings() }
        #expect(error?.code == .badQuery && error?.problem.contains("index") == true)
        #expect(
          error?.problem.lowercased().contains("scan") == true, "\(String(describing: error))")
      }
    },
    StoreCheck("a query that reads all of its rows for one user is refused") { fixture in
      try review(fixture)
      let sql = "select who, film, count(*), max(seen) from review group by film, who limit 100"
      let session = fixture.store.session(reading: try RatingsQuery(sql, store: fixture.store.name))
      #expect(storeError { _ = try session.settings() }?.code == .badQuery)
    },
    StoreCheck("a query is refused that finds its rows by another column's index") { fixture in
      try indexed(fixture)
      for source in [
        "select who, film, stars, seen from rated where stars > 0",
        "select who, film, stars, seen from rated where film = 10",
        "select who, film, stars, seen from (select * from rated where stars > 0) as r",
        "with r as (select * from rated where stars > 0) select who, film, stars, seen from r",
        "select who, film, stars, seen from good",
        "select who, film, stars, seen from review union all select who, film, stars, seen from good",
      ] {
        let session = fixture.store.session(
          reading: try RatingsQuery(source, store: fixture.store.name))
        let error = storeError { _ = try session.settings() }
        #expect(
          error?.code == .badQuery && error?.problem.contains("index") == true,
          "\(source): \(String(describing: error))")
      }
    },
    StoreCheck("a query is taken that finds its users by an index, from wherever to wherever") {
      fixture in
      try indexed(fixture)
      try fixture.execute("create index rated_who on rated (who)")
      for source in [
        "select who, film, stars, seen from rated where stars > 0",
        "select who, film, stars, seen from good",
        "select who, film, stars, seen from review union all select who, film, stars, seen from good",
        "select who, film, count(*), max(seen) from rated group by who, film",
        "select who, film, stars, seen from review join (values (10), (12)) as picked on column1 = film",
        """
        select who, film, stars, seen from review
        left join (select max(since) as newest from banned where id = 1 limit 1) as last on newest = seen
        """,
        """
        select name, film, stars, seen from rated join person on person.id = who
        where stars < 5 and film not in (select id from banned where reason = 'x')
        """,
        """
        select who, film, stars, seen from rated
        where seen > (select since from banned where id = 1) and stars > (select id from banned where id = 0)
        """,
      ] {
        let session = fixture.store.session(
          reading: try RatingsQuery(source, store: fixture.store.name))
        #expect(storeError { _ = try session.settings() } == nil, "\(source)")
      }
      try fixture.execute(
        "drop index rated_who; create index some_who on rated (who) where stars > 0")
      let some = try RatingsQuery(
        "select who, film, stars from rated where stars > 0", store: fixture.store.name)
      #expect(try fixture.store.session(reading: some).ratings(of: UserID(7), limit: 9).count == 3)
    },
    StoreCheck("a query is refused whose users stand behind something else in an index") {
      fixture in
      try fixture.execute(
        """
        create table shown (
          film bigint not null, who integer not null, stars real, seen bigint,
          primary key (film, who));
        with recursive number (x) as (select 0 union all select x + 1 from number where x < 19999)
        insert into shown select x / 1000, x % 1000, 1, 1 from number
        """)
      func problem(_ condition: String) throws -> StoreError? {
        let query = try RatingsQuery(
          "select who, film, stars, seen from shown" + condition, store: fixture.store.name)
        let session = fixture.store.session(reading: query)
        return storeError { _ = try session.settings() }
      }
      // Once SQLite knows that there are few films, it would try each in turn.
      for isKnown in [false, true] {
        if isKnown { try fixture.execute("analyze") }
        let refusal = try problem("")
        #expect(refusal?.code == .badQuery && refusal?.problem.contains("index") == true)
        #expect(try problem(" where film in (1, 2)") == nil)
      }
    },
    StoreCheck("a session reads the columns that a query has by now") { fixture in
      // PostgreSQL determines the columns once per connection.
      guard fixture.schema.isEmpty else { return }
      try fixture.execute(
        """
        create table seen (who integer not null, film bigint not null, stars real);
        create index seen_who on seen (who);
        insert into seen values (7, 10, 5), (7, 11, 4), (8, 10, 1)
        """)
      let session = fixture.store.session(
        reading: try RatingsQuery("select * from seen", store: fixture.store.name))
      for _ in 0..<2 {
        #expect(
          try session.ratings(of: UserID(7), limit: 9) == [Rating(7, 10, 5), Rating(7, 11, 4)])
        #expect(try session.ratings(of: UserID(8), limit: 9) == [Rating(8, 10, 1)])
        #expect(try session.ratings(of: UserID(9), limit: 9).isEmpty)
      }
      try fixture.execute(
        "alter table seen add column moment bigint; update seen set moment = film")
      #expect(
        try session.ratings(of: UserID(7), limit: 9) == [
          Rating(7, 11, 4, at: 11_000_000), Rating(7, 10, 5, at: 10_000_000),
        ])
      // A look-up leaves nothing behind that blocks writers.
      try fixture.execute("drop index seen_who; insert into seen values (8, 12, 3, 12)")
      #expect(try session.ratings(of: UserID(8), limit: 1) == [Rating(8, 12, 3, at: 12_000_000)])
    },
    StoreCheck("ids of other types than the store's are a conflict") { fixture in
      try fixture.store.write { try $0.fixTypes(user: .text, item: .integer) }
      try review(fixture)
      let session = fixture.store.session(reading: try query(fixture))
      #expect(storeError { _ = try session.settings() }?.code == .settingsConflict)
    },
    StoreCheck(
      "texts are ids, moments and numbers are times, and neither a value nor a time is needed"
    ) {
      fixture in
      try fixture.execute(
        """
        create table visit (who varchar(20) not null, place text, moment timestamp);
        create index visit_who on visit (who);
        insert into visit values ('ann', 'x''y', '2000-07-30 18:45:03'), ('ann', 'z', null), ('7', 'q', null)
        """)
      let (ann, name) = (UserID("ann"), fixture.store.name)
      let moments = fixture.store.session(
        reading: try RatingsQuery("select who, place, 1, moment from visit;", store: name))
      #expect(
        try moments.ratings(of: ann, limit: 9) == [
          Rating(
            user: ann, item: ItemID("x'y"),
            time: Timestamp(microseconds: 964_982_703_000_000)),
          Rating(user: ann, item: ItemID("z")),
        ])
      let plain = fixture.store.session(
        reading: try RatingsQuery("select who, place from visit", store: name))
      #expect(try plain.ratings(of: ann, limit: 9).count == 2)
      #expect(try plain.ratings(of: UserID("' or 1=1 --"), limit: 9).isEmpty)
      #expect(try plain.ratings(of: UserID("7"), limit: 9).count == 1)
    },
  ]

  /// Checks run against a database without Latent's tables.
  static let lookupsWithoutTables = [
    StoreCheck("a session without tables of Latent's reads and takes nothing") { fixture in
      try review(fixture)
      let session = fixture.store.session(reading: try query(fixture))
      #expect(try session.ratings(of: UserID(8), limit: 9) == [Rating(8, 10, 1, at: 3_000_000)])
      let settings = try session.settings()
      #expect(settings.userType == .integer && settings.itemType == .integer)
      let outcomes = try session.carryOut([.rate(Rating(8, 10, 2))])
      #expect(outcomes.map(\.word) == ["notMigrated"])
      #expect(throws: StoreError.self) { try fixture.store.session().settings() }
    }
  ]

  /// Creates a table of the user's own, with times in seconds.
  private static func review(_ fixture: any StoreFixture) throws {
    try fixture.execute(
      """
      create table review (who integer not null, film bigint not null, stars real, seen bigint);
      create index review_who on review (who);
      insert into review values (7, 10, 5, 3), (7, 12, 5, 3), (7, 13, 2, 1), (8, 10, 1, 3)
      """)
  }

  /// Adds to ``review(_:)`` the same table without an index on users but with other indexes, a view of it, and tables
  /// to join.
  private static func indexed(_ fixture: any StoreFixture) throws {
    try review(fixture)
    try fixture.execute(
      """
      create table rated (who integer not null, film bigint not null, stars real, seen bigint);
      insert into rated select who, film, stars, seen from review;
      create index rated_stars on rated (stars);
      create index rated_film on rated (film);
      create view good as select * from rated where stars > 0;
      create table person (id integer primary key, name varchar(20) unique);
      create table banned (id bigint primary key, reason text, since bigint);
      create index banned_reason on banned (reason)
      """)
  }

  private static func query(_ fixture: any StoreFixture) throws -> RatingsQuery {
    try RatingsQuery("select who, film, stars, seen from review", store: fixture.store.name)
  }
}
