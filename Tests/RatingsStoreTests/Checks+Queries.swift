import Errors
import Ratings
import Testing

extension StoreCheck {
  static let queries = [
    StoreCheck("a query of two columns: every value is 1") { fixture in
      try fixture.execute(
        """
        create table play (listener bigint, song text);
        insert into play values (-5, 'b'), (7, 'a''c'), (9223372036854775807, 'é')
        """)
      let expected = [(-5, "b"), (7, "a'c"), (Int64.max, "é")].map {
        Rating(user: UserID($0), item: ItemID($1))
      }
      #expect(try fixture.readAll(.query("select listener, song from play")) == expected)
    },
    StoreCheck("a query of three and of four columns") { fixture in
      try review(fixture)
      let three = try fixture.readAll(.query("select user_id, film, stars from review"))
      #expect(three.map(\.value) == [4.5, 3, 0.1])
      #expect(three.allSatisfy { $0.time == nil })
      let four = try fixture.readAll(.query("select user_id, film, stars, seen from review"))
      #expect(
        four.map { $0.time?.description } == ["2000-07-30T18:45:03Z", nil, "1969-12-31T23:59:59Z"])
    },
    StoreCheck("numbers are times by their size, with decimals too") { fixture in
      try fixture.execute("create table empty (a bigint)")
      let day = "2000-07-30T18:45:03Z"
      for number in ["964982703", "964982703000", "964982703000000", "964982703.0", "964982703.25"]
      {
        let read = try fixture.readAll(.query("select 1, 2, 3, \(number)"))
        #expect(read.map { $0.time?.description } == [day], "\(number)")
      }
      let fraction = try fixture.readAll(.query("select 1, 2, 3, 964982703.25"))
      #expect(fraction.first?.time?.microseconds == 964_982_703_250_000)
    },
    StoreCheck("a store's own table can be asked") { fixture in
      _ = try fixture.store.migrate()
      let rating = Rating(1, 2, 3.5, at: 964_982_703_000_000)
      try fixture.write([rating])
      let table = fixture is PostgresFixture ? "latent.rating" : "rating"
      let query = "select user_id, item_id, value, rated_at from \(table)"
      #expect(try fixture.readAll(.query(query)) == [rating])
    },
    StoreCheck("truth values are 1 and 0") { fixture in
      try fixture.execute("create table empty (a bigint)")
      let read = try fixture.readAll(.query("select 1, 2, true union all select 3, 4, false"))
      #expect(read.map(\.value).sorted() == [0, 1])
    },
    StoreCheck("moments and dates are read as UTC") { fixture in
      try fixture.execute(
        """
        create table visit (who bigint, what bigint, moment timestamp, day date);
        insert into visit values (1, 1, '2026-01-31 20:15:30.250', '1969-07-20'), (2, 2, null, null)
        """)
      let moments = try fixture.readAll(.query("select who, what, 1, moment from visit"))
      #expect(moments.map(\.time) == [Timestamp(microseconds: 1_769_890_530_250_000), nil])
      let days = try fixture.readAll(.query("select who, what, 1, day from visit"))
      #expect(days[0].time?.description == "1969-07-20T00:00:00Z")
    },
    StoreCheck("a query may be written as its author likes") { fixture in
      try review(fixture)
      let plain = try fixture.readAll(.query("select user_id, film, stars from review"))
      for query in [
        "select user_id, film, stars from review;",
        "  select user_id, film, stars from review ; \n",
        "select user_id, film, stars from review -- all of them",
        "select user_id, film, stars from review; -- all of them; 'yes'",
        "select user_id, film, stars from review /* ; ' */ ; ;\n/* ; */ -- ;",
        "select user_id, film, stars from review where film <> ';--' and film <> 'it''s; \"';",
        "with r as (select * from review) select user_id, film, stars from r",
        "select user_id, film, stars from review order by stars limit 10",
        "select user_id as x, film as x, stars as x from review",
        "select user_id + 0, film || '', stars * 1 from review",
        "select user_id, film, stars from review union all select 1, 'a', 1 where 1 = 2",
      ] {
        #expect(try fixture.readAll(.query(query)) == plain, "\(query)")
      }
    },
    StoreCheck("a query without rows and one over many batches") { fixture in
      try fixture.execute("create table pair (a bigint, b bigint)")
      try fixture.store.readRatings(from: .query("select a, b from pair"), batchSize: 5) { _ in
        Issue.record("a batch without rows")
      }
      let values = (0..<1003).map { "(\($0), 1)" }.joined(separator: ",")
      try fixture.execute("insert into pair values \(values)")
      let all = try fixture.readAll(.query("select a, b from pair"), batchSize: 100)
      #expect(all == (0..<1003).map { Rating($0, 1, 1) })
    },
    StoreCheck("a query sees one moment") { fixture in
      try fixture.execute(
        "create table pair (a bigint, b bigint); insert into pair values (1, 1), (2, 1)")
      var count = 0
      try fixture.store.readRatings(from: .query("select a, b from pair"), batchSize: 1) { _ in
        count += 1
        if count == 1 { try fixture.execute("delete from pair; insert into pair values (3, 3)") }
      }
      #expect(count == 2)
    },
    StoreCheck("NULL, endless and impossible cells are told by row and column") { fixture in
      try review(fixture)
      for (query, column) in [
        ("select case when film = 'b' then null else user_id end, film from review", "user"),
        ("select user_id, case when film = 'b' then null else film end from review", "item"),
        (
          "select user_id, film, case when film = 'b' then null else stars end from review", "value"
        ),
        (
          "select user_id, film, case when film = 'b' then 1e39 else stars end from review", "value"
        ),
        (
          "select user_id, film, 1, case when film = 'b' then 9e15 * 1000 else 1 end from review",
          "time"
        ),
        ("select user_id, case when film = 'b' then '' else film end from review", "item"),
      ] {
        let ordered = query + " order by film"
        let problem = storeError { _ = try fixture.readAll(.query(ordered)) }
        #expect(problem?.code == .badQuery, "\(query)")
        #expect(problem?.problem.contains(column) == true, "\(query): \(problem?.problem ?? "")")
      }
      let second =
        "select user_id, film, case when film = 'b' then null else 1.5 end from review order by film"
      let problem = storeError { _ = try fixture.readAll(.query(second)) }
      #expect(problem?.place.hasSuffix("row 2") == true)
    },
    StoreCheck("a query that does not fit or run is refused") { fixture in
      try review(fixture)
      for query in [
        "", ";", "nonsense", "select user_id from review", "select 1, 2, 3, 4, 5",
        "select * from nowhere", "select user_id, film, film from review",
        "select user_id, film, stars, film from review", "select 1.5, film from review",
        "select user_id, film from review; select 1, 2", "select user_id, film\0 from review",
        "create table made (x bigint)", "drop table review",
      ] {
        let problem = storeError { _ = try fixture.readAll(.query(query)) }
        #expect(problem?.code == .badQuery, "\(query): \(problem?.description ?? "no error")")
        #expect(problem?.place.contains("ratings query") == true)
      }
    },
    StoreCheck("several statements are told to be too many") { fixture throws in
      for query in ["select 1, 2; select 3, 4", "select 1, 2; nonsense"] {
        let problem = storeError { _ = try fixture.readAll(.query(query)) }
        #expect(problem?.remedy.contains("a single select") == true)
        #expect(problem?.description.contains("..") == false)
        #expect(problem?.description.contains("Database.") == false)
      }
    },
    StoreCheck("a query can't write") { fixture in
      try review(fixture)
      for query in [
        "delete from review returning user_id, film",
        "insert into review values (9, 'z', 1, 1) returning user_id, film",
        "update review set stars = 1 returning user_id, film",
      ] {
        #expect(code { _ = try fixture.readAll(.query(query)) } == .badQuery, "\(query)")
      }
      let all = try fixture.readAll(.query("select user_id, film, stars from review"))
      #expect(all.map(\.value) == [4.5, 3, 0.1])
    },
  ]

  private static func review(_ fixture: any StoreFixture) throws {
    try fixture.execute(
      """
      create table review (user_id bigint, film text, stars double precision, seen bigint);
      insert into review values (1, 'a', 4.5, 964982703), (1, 'b', 3, null), (2, 'c', 0.1, -1)
      """)
  }
}
