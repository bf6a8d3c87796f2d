import Errors
import Foundation
import Ratings
import RatingsPostgres
import TestEnvironment
import Testing

/// Tests what only a server can do, or do wrong.
@Suite(.enabled(if: Requirement.postgres.isMet, "\(Requirement.postgres.howToGet)"))
struct PostgresServerTests {
  private let fixture: PostgresFixture

  init() throws { fixture = try PostgresFixture() }

  @Test func unknownDatabaseAndUserAreUnreachable() throws {
    var components = try #require(URLComponents(string: fixture.url))
    components.user = "nobody_of_that_name"
    let stranger = try PostgresStore(url: #require(components.string))
    #expect(code { _ = try stranger.summary() } == .unreachable)
    components = try #require(URLComponents(string: fixture.url))
    components.path = "/no_such_database"
    let nowhere = try PostgresStore(url: #require(components.string))
    #expect(code { _ = try nowhere.migrate() } == .unreachable)
  }

  /// The database commits without waiting for the disk unless told otherwise.
  @Test func whatIsWrittenIsDurableWhateverTheDatabaseDoesUsually() throws {
    _ = try fixture.store.migrate()
    try fixture.execute(
      """
      do $$ begin
        execute format('alter database %I set synchronous_commit = off', current_database());
      end $$;
      create table setting (name text);
      create function note() returns trigger language plpgsql as $$ begin
        insert into setting values (current_setting('synchronous_commit')); return null;
      end $$;
      create trigger note after insert on latent.rating for each statement execute function note()
      """)
    #expect(try fixture.rows("show synchronous_commit") == [["off"]])
    try fixture.store.write { try $0.fixTypes(user: .integer, item: .integer) }
    _ = try fixture.store.session().carryOut([
      .rate(Rating(user: UserID(1), item: ItemID(1), value: 4))
    ])
    #expect(try fixture.rows("select distinct name from setting") == [["on"]])
  }

  /// If Latent's tables are created later, they are read and written from then on.
  @Test func tablesThatComeLaterAreSeen() throws {
    try review()
    let session = try fixture.store.session(reading: query())
    #expect(try session.carryOut([.rate(Rating(8, 10, 2))]).map(\.word) == ["notMigrated"])
    _ = try session.hasForeignChanges()
    _ = try fixture.store.migrate()
    #expect(
      try waitFor {
        try session.carryOut([.rate(Rating(8, 11, 2))]).map(\.word) == ["added"]
      })
    #expect(try session.hasForeignChanges())
    #expect(
      try Set(session.ratings(of: UserID(8), limit: 9).map(\.item)) == [ItemID(10), ItemID(11)])
    #expect(try fixture.readAll().map(\.item) == [ItemID(11)])
  }

  /// A table with notification triggers does not count as changed whenever anything in the cluster changes.
  @Test func whatTellsOfItsChangesIsNotLookedAtForOthers() throws {
    _ = try fixture.store.migrate()
    try review()
    try fixture.execute("create table other (x int)")
    let session = try fixture.store.session(reading: query())
    #expect(try session.hasForeignChanges())
    try fixture.execute("insert into other values (1)")
    #expect(try session.hasForeignChanges())
    func trigger(_ name: String, _ events: String) throws {
      try fixture.execute(
        """
        create trigger \(name) after \(events) on review for each statement
        execute procedure latent.tell_of_ratings()
        """)
    }
    // Notifications of some kinds of changes do not suffice.
    try trigger("rows_told", "insert or update or delete")
    _ = try session.hasForeignChanges()
    try fixture.execute("insert into other values (1)")
    #expect(try session.hasForeignChanges())
    try trigger("cut_told", "truncate")
    _ = try session.hasForeignChanges()
    try fixture.execute("insert into other values (1)")
    #expect(try !session.hasForeignChanges())
    for change in [
      "insert into review values (9, 10, 5, 3)", "update review set stars = 4 where who = 7",
      "delete from review where who = 8", "truncate review",
    ] {
      try fixture.execute(change)
      #expect(try waitFor { try session.hasForeignChanges() }, "\(change)")
      #expect(try !session.hasForeignChanges())
    }
    // A disabled or dropped trigger notifies of nothing.
    try fixture.execute("alter table review disable trigger rows_told")
    #expect(try session.hasForeignChanges())
    try fixture.execute("insert into review values (7, 10, 5, 3)")
    #expect(try session.hasForeignChanges())
  }

  /// A statement trigger on a partition misses statements on the parent table; row and truncate triggers do not.
  @Test func aPartTellsByRows() throws {
    _ = try fixture.store.migrate()
    try fixture.execute(
      """
      create table review (who integer not null, film bigint not null, stars real, seen bigint)
        partition by range (who);
      create table review_all partition of review default;
      create index review_who on review (who);
      create table other (x int);
      create trigger told after insert or update or delete or truncate on review_all
        for each statement execute procedure latent.tell_of_ratings()
      """)
    let session = try fixture.store.session(reading: query())
    _ = try session.hasForeignChanges()
    try fixture.execute("insert into other values (1)")
    #expect(try session.hasForeignChanges())
    try fixture.execute(
      """
      create trigger row_told after insert or update or delete on review
        for each row execute procedure latent.tell_of_ratings()
      """)
    _ = try session.hasForeignChanges()
    try fixture.execute("insert into other values (1)")
    #expect(try !session.hasForeignChanges())
    try fixture.execute("insert into review values (7, 10, 5, 3)")
    #expect(try waitFor { try session.hasForeignChanges() })
  }

  /// Tables read by a function are not covered by notifications.
  @Test func whatAFunctionReadsIsLookedAt() throws {
    _ = try fixture.store.migrate()
    try review()
    try fixture.execute(
      """
      create table other (x int);
      create function factors() returns table (factor int) language plpgsql stable as $$ begin
        return query select coalesce(max(x), 1) from other;
      end $$;
      create trigger rows_told after insert or update or delete or truncate on review
        for each statement execute procedure latent.tell_of_ratings()
      """)
    for (source, isTold) in [
      ("review", true), ("review, factors()", false), ("review, generate_series(1, 2) as g", true),
    ] {
      let session = try fixture.store.session(
        reading: RatingsQuery("select who, film, stars from \(source)", store: fixture.store.name))
      _ = try session.hasForeignChanges()
      try fixture.execute("insert into other values (2)")
      #expect(try session.hasForeignChanges() == !isTold, "\(source)")
    }
  }

  /// A partition added later without triggers is not covered by notifications.
  @Test func partitionsThatComeLaterAreLookedAt() throws {
    _ = try fixture.store.migrate()
    try fixture.execute(
      """
      create table review (who integer not null, film bigint not null, stars real, seen bigint)
        partition by range (who);
      create table review_low partition of review for values from (0) to (100);
      create index review_who on review (who);
      create table other (x int);
      create trigger told after truncate on review_low
        for each statement execute procedure latent.tell_of_ratings();
      create trigger row_told after insert or update or delete on review_low
        for each row execute procedure latent.tell_of_ratings()
      """)
    let session = try fixture.store.session(reading: query())
    _ = try session.hasForeignChanges()
    try fixture.execute("insert into other values (1)")
    #expect(try !session.hasForeignChanges())
    try fixture.execute(
      "create table review_high partition of review for values from (100) to (200)")
    _ = try session.hasForeignChanges()
    try fixture.execute("insert into review values (150, 10, 5, 3)")
    #expect(try session.hasForeignChanges())
  }

  /// Every partition that may contain a user needs an index; those that are never read do not.
  @Test func eachPartitionThatMayBeReadNeedsAnIndex() throws {
    _ = try fixture.store.migrate()
    try fixture.execute(
      """
      create table review (who integer not null, film bigint not null, stars real, seen bigint)
        partition by hash (who);
      create table review_even partition of review for values with (modulus 2, remainder 0);
      create table review_odd partition of review for values with (modulus 2, remainder 1);
      insert into review select x, 10, 5, 3 from generate_series(1, 9) as x;
      create index even_who on review_even (who);
      create table sale (shop integer, who integer, film integer) partition by list (shop);
      create table sale_here partition of sale for values in (1);
      create table sale_there partition of sale for values in (2);
      create index here_who on sale_here (who)
      """)
    func refusal(_ sql: String) throws -> StoreError? {
      let query = try RatingsQuery(sql, store: fixture.store.name)
      return storeError { _ = try fixture.store.session(reading: query).settings() }
    }
    let all = "select who, film, stars, seen from review"
    let error = try refusal(all)
    #expect(error?.code == .badQuery && error?.problem.contains("review_odd") == true)
    try fixture.execute("create index odd_who on review_odd (who)")
    #expect(try refusal(all) == nil)
    #expect(try refusal("select who, film from sale")?.problem.contains("sale_there") == true)
    #expect(try refusal("select who, film from sale where shop = 1") == nil)
    for user in 1...9 as ClosedRange<Int64> {
      #expect(
        try fixture.store.session(reading: query()).ratings(of: UserID(user), limit: 9).count == 1)
    }
  }

  /// The error names the index that finds the rows, whatever else the conditions ask.
  @Test func aStepIsRefusedThatFindsRowsByAnotherIndexAndAsksForMore() throws {
    _ = try fixture.store.migrate()
    try fixture.execute(
      "create table one (film bigint primary key, who integer not null, stars real)")
    let query = try RatingsQuery(
      """
      with r as materialized (
        select * from one where film = 10 and exists (select 1 where one.stars > random()))
      select who, film, stars from r
      """, store: fixture.store.name)
    let error = storeError { _ = try fixture.store.session(reading: query).settings() }
    #expect(error?.code == .badQuery && error?.problem.contains("one_pkey") == true)
  }

  private func review() throws {
    try fixture.execute(
      """
      create table review (who integer not null, film bigint not null, stars real, seen bigint);
      create index review_who on review (who);
      insert into review values (7, 10, 5, 3), (8, 10, 1, 3)
      """)
  }

  private func query() throws -> RatingsQuery {
    try RatingsQuery("select who, film, stars, seen from review", store: fixture.store.name)
  }

  @Test func schemaOfSomebodyElseIsForeignAnEmptyOneIsTaken() throws {
    try fixture.execute("create schema latent; create table latent.note (x int)")
    #expect(code { _ = try fixture.store.migrate() } == .foreign)
    #expect(code { _ = try fixture.store.summary() } == .foreign)
    try fixture.execute("drop table latent.note")
    #expect(try !fixture.store.migrate().isEmpty)
  }

  @Test func newerAndAlteredSchemasAreOfAnotherVersion() throws {
    _ = try fixture.store.migrate()
    try fixture.execute("insert into latent.migration values ('9999_future', 'x', now())")
    #expect(code { _ = try fixture.store.summary() } == .otherVersion)
    #expect(code { _ = try fixture.store.migrate() } == .otherVersion)
    try fixture.execute(
      """
      delete from latent.migration where name = '9999_future';
      update latent.migration set script = 'x'
      """)
    #expect(code { _ = try fixture.store.summary() } == .otherVersion)
  }

  @Test func olderSchemaIsToldFromNone() throws {
    _ = try fixture.store.migrate()
    try fixture.execute(
      """
      drop table latent.forgotten_user;
      drop table latent.added_file;
      drop function latent.tell_of_ratings cascade;
      alter table latent.store_settings drop column forgetting_key, drop column feedback;
      delete from latent.migration where name >= '0002'
      """)
    #expect(code { _ = try fixture.store.settings() } == .outdated)
    #expect(code { _ = try fixture.store.forget(UserID("a")) } == .outdated)
    #expect(try fixture.store.migrate() == ["0002_forgotten", "0003_feedback", "0004_changes"])
  }

  @Test func connectionThatDropsLeavesNothing() throws {
    _ = try fixture.store.migrate()
    try fixture.write([Rating(1, 1, 1)])
    let problem = storeError {
      try fixture.store.write { writer in
        _ = try writer.upsert(RatingBatch([Rating(2, 2, 2)]))
        try dropConnections()
        _ = try writer.upsert(RatingBatch([Rating(3, 3, 3)]))
      }
    }
    #expect(problem?.code == .unreachable)
    #expect(try fixture.readAll() == [Rating(1, 1, 1)])
    let reading = storeError {
      try fixture.store.readRatings(from: .query(Self.endless), batchSize: 1000) { _ in
        try dropConnections()
      }
    }
    #expect(reading?.code == .unreachable)
  }

  @Test func failedStatementCanNotBeCommitted() throws {
    _ = try fixture.store.migrate()
    try fixture.write([Rating(1, 1, 1)])
    try fixture.execute("alter table latent.rating add check (value < 100)")
    #expect(
      code {
        try fixture.store.write { writer in
          _ = try writer.upsert(RatingBatch([Rating(2, 2, 2)]))
          _ = try? writer.upsert(RatingBatch([Rating(3, 3, 100)]))
        }
      } == .failed)
    #expect(try fixture.readAll() == [Rating(1, 1, 1)])
  }

  @Test func writerGivesUpOnALongLock() throws {
    _ = try fixture.store.migrate()
    let impatient = try PostgresStore(url: fixture.url, lockTimeout: 0.02)
    try fixture.store.write { _ throws in
      #expect(code { try impatient.write { _ in } } == .busy)
      #expect(try impatient.summary().userCount == 0)
    }
    try impatient.write { _ in }
  }

  @Test func aServerThatSaysNothingIsGivenUp() throws {
    _ = try fixture.store.migrate()
    let impatient = try PostgresStore(url: fixture.url, silenceLimit: 1)
    let problem = storeError {
      _ = try impatient.ratingCount(of: "select 1, 2, pg_sleep(600)::text::float4")
    }
    #expect(problem?.code == .silent)
    #expect(problem?.problem == "the server has not responded for 1 s")
    // A writer kept waiting is also cancelled and leaves nothing behind.
    try fixture.execute(
      """
      create function wait() returns trigger language plpgsql
        as $$ begin perform pg_sleep(600); return new; end $$;
      create trigger wait before insert or update on latent.store_settings
        execute function wait()
      """)
    let writing = code {
      try impatient.write { try $0.fixTypes(user: .integer, item: .integer) }
    }
    #expect(writing == .silent)
    #expect(try fixture.store.settings() == StoreSettings())
    #expect(try fixture.readAll().isEmpty)
    try dropConnections()
  }

  @Test func whatAQueryBringsAboutIsRolledBack() throws {
    _ = try fixture.store.migrate()
    let problem = storeError {
      // Newer servers refuse it.
      _ = try fixture.readAll(.query("select 1, lo_create(0)::int8"))
    }
    let left = try PostgresStore(url: fixture.url)
      .ratingCount(of: "select oid::int8, 1 from pg_largeobject_metadata")
    #expect(left == 0, "\(problem?.description ?? "")")
  }

  @Test func missingRightsAreTold() throws {
    _ = try fixture.store.migrate()
    let role = "latent_stranger_\(ProcessInfo.processInfo.processIdentifier)"
    try fixture.execute("create role \(role) login; grant usage on schema latent to \(role)")
    defer { try? fixture.execute("drop owned by \(role); drop role \(role)") }
    var components = try #require(URLComponents(string: fixture.url))
    components.user = role
    let reader = try PostgresStore(url: #require(components.string))
    let problem = storeError { try reader.write { _ in } }
    #expect(problem?.code == .failed)
    #expect(problem?.remedy.contains("grant") == true)
  }

  /// The error names the missing privilege, the database and the role.
  @Test func theRightThatMigratingLacksIsNamed() throws {
    let role = "latent \"stranger\" \(ProcessInfo.processInfo.processIdentifier)"
    let quoted = "\"\(role.replacing("\"", with: "\"\""))\""
    try fixture.execute("create role \(quoted) login")
    defer { try? fixture.execute("drop owned by \(quoted); drop role \(quoted)") }
    var components = try #require(URLComponents(string: fixture.url))
    components.user = role
    let stranger = try PostgresStore(url: #require(components.string))
    let problem = try #require(storeError { _ = try stranger.migrate() })
    #expect(problem.code == .failed && problem.problem.contains("permission denied"))
    let form = #/Have the database's owner run: (grant create on database .+)\./#
    let words = try #require(problem.remedy.wholeMatch(of: form))
    #expect(words.1.hasSuffix(" to \(quoted)"), "\(words.1)")
    try fixture.execute(String(words.1))
    #expect(try !stranger.migrate().isEmpty)
  }

  /// When the server ends a session, libpq appends its own text to the server's message.
  @Test func whatLibpqAddsIsToldApart() throws {
    _ = try fixture.store.migrate()
    let session = fixture.store.session()
    _ = try session.settings()
    try fixture.execute(
      """
      select pg_terminate_backend(pid, 10000) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()
      """)
    let problem = storeError { _ = try session.settings() }
    let words = try #require(problem?.problem)
    #expect(words.contains("administrator command; server closed the connection"), "\(words)")
    #expect(!words.contains("command server"), "\(words)")
  }

  /// A view's table is accessed with the view owner's privileges; the reader needs none on its schema.
  @Test func aViewOfASchemaThatIsClosedIsRead() throws {
    let role = "latent_viewer_\(ProcessInfo.processInfo.processIdentifier)"
    try fixture.execute(
      """
      create schema hidden; create table hidden.review (who int, film int, stars int);
      create index on hidden.review (who); insert into hidden.review values (7, 10, 5);
      create view review as select * from hidden.review;
      create role \(role) login; grant select on review to \(role)
      """)
    defer { try? fixture.execute("drop owned by \(role); drop role \(role)") }
    var components = try #require(URLComponents(string: fixture.url))
    components.user = role
    let reader = try PostgresStore(url: #require(components.string))
    let session = reader.session(
      reading: try RatingsQuery("select who, film, stars from review", store: reader.name))
    #expect(try session.ratings(of: UserID(7), limit: 9) == [Rating(7, 10, 5)])
    #expect(try session.settings().userType == .integer)
  }

  @Test func idsThatHoldANULFindNothing() throws {
    _ = try fixture.store.migrate()
    try fixture.write([Rating("a", "b", 1), Rating("c", "b", 1)])
    #expect(try fixture.store.forget(UserID("a\0")) == 0)
    #expect(try fixture.store.ratings(of: UserID("a\0"), limit: 1) == [])
    #expect(try fixture.store.item(ItemID("b\0x")) == nil)
    #expect(try fixture.store.users(after: UserID("a\0"), limit: 9).map(\.subject) == [UserID("c")])
  }

  @Test(
    arguments: [
      ("select 1::int2, 'a'::varchar, 2.5::numeric", 2.5, nil),
      ("select 1::int4, 'a'::char(3), 3::int8", 3, nil),
      ("select 1::int8, 'a'::name, 0.1::float4", 0.1, nil),
      ("select 1, 'a'::text, 0.1::float8", 0.1, nil),
      ("select 1, 'a', 1::int2, timestamptz '2026-01-31 20:15:00+02'", 1, "2026-01-31T18:15:00Z"),
      ("select 1, 'a', 1, timestamp '2026-01-31 20:15:00'", 1, "2026-01-31T20:15:00Z"),
      ("select 1, 'a', 1, date '1600-02-03'", 1, "1600-02-03T00:00:00Z"),
      ("select 1, 'a', 1, 964982703::int4", 1, "2000-07-30T18:45:03Z"),
    ] as [(String, Float, String?)])
  func columnTypesAreRead(query: String, value: Float, time: String?) throws {
    let ratings = try fixture.readAll(.query(query))
    #expect(ratings.count == 1)
    #expect(ratings.first?.user == UserID(1))
    #expect(ratings.first?.item == ItemID("a"))
    #expect(ratings.first?.value.bitPattern == value.bitPattern)
    #expect(ratings.first?.time?.description == time)
  }

  @Test func uuidsAreReadAsText() throws {
    let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    let ratings = try fixture.readAll(.query("select '\(uuid)'::uuid, 1"))
    #expect(ratings == [Rating(user: UserID(uuid), item: ItemID(1))])
  }

  @Test(arguments: [
    ("select true as flag, 1", "flag", "boolean"),
    ("select 1, '{}'::jsonb as data", "data", "jsonb"),
    ("select 1, 2, 'x'::text as stars", "stars", "text"),
    ("select 1, 2, 3, '1'::text as seen", "seen", "text"),
    ("select 1.5 as who, 2", "who", "numeric"),
  ])
  func typesThatDoNotFitAreNamed(query: String, column: String, type: String) throws {
    let problem = storeError { _ = try fixture.readAll(.query(query)) }
    #expect(problem?.code == .badQuery)
    #expect(problem?.problem.contains("column \(column) ") == true)
    #expect(problem?.problem.contains("of type \(type)") == true)
    #expect(problem?.remedy.contains("\(column)::") == true)
  }

  @Test(arguments: [
    "select 1, 2, 'NaN'::float8", "select 1, 2, 'infinity'::float4", "select 1, 2, 'NaN'::numeric",
    "select 1, 2, 3, 'infinity'::timestamp", "select 1, 2, 3, '-infinity'::timestamptz",
    "select 1, 2, 3, 'infinity'::date", "select 1, repeat('x', 1025)", "select $1::int, 2",
    "select 1 / (g - 3), 2 from generate_series(1, 9) as g",
    "select nextval('pg_catalog.nothing'), 2",
    "with gone as (delete from latent.rating returning user_id) select user_id, user_id from gone",
  ])
  func impossibleRowsAreRefused(query: String) throws {
    _ = try fixture.store.migrate()
    let problem = storeError { _ = try fixture.readAll(.query(query)) }
    #expect(problem?.code == .badQuery, "\(problem?.description ?? "no error")")
    #expect(problem?.place.contains("ratings query") == true)
  }

  /// A query with more rows than fit into any buffer on the way.
  private static let endless =
    "select a, b from generate_series(1, 10000) as a, generate_series(1, 10000) as b"

  /// Terminates all of the store's connections, as a server restart does.
  private func dropConnections() throws {
    try fixture.execute(
      """
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()
      """)
  }
}

extension PostgresStore {
  /// Returns the number of rows of a query.
  fileprivate func ratingCount(of query: String) throws -> Int {
    var count = 0
    try readRatings(from: .query(query), batchSize: 100) { count += $0.count }
    return count
  }
}

/// Tests which parts of a URL are shown.
@Suite struct PostgresAddressTests {
  @Test func aServersQuestionIsNotFollowedByAFullStop() throws {
    let store = try PostgresStore(url: "postgres://127.0.0.1:1/shop")
    let text = try #require(storeError { _ = try store.summary() }).description
    #expect(text.contains("? Make sure"), "\(text)")
  }

  @Test func passwordIsNeverShown() throws {
    let store = try PostgresStore(
      url: "postgres://anna:s3cr%40t@127.0.0.1:1/shop?options=x")
    #expect(store.name == "postgres://anna@127.0.0.1:1/shop")
    let problem = storeError { _ = try store.summary() }
    #expect(problem?.code == .unreachable)
    #expect(problem?.description.contains("s3cr") == false)
    let other = try PostgresStore(url: "postgres:///shop?host=/tmp/none&password=s3cret&user=ben")
    #expect(other.name == "postgres://ben@/tmp/none/shop")
    #expect(storeError { _ = try other.summary() }?.description.contains("s3cret") == false)
  }

  @Test(arguments: [
    "postgres://anna:s3cr@et@host/shop", "postgres://anna:s3cr/et@host/shop",
    "postgres://host/shop?sslpassword=s3cret&nonsense=1", "sqlite:s3cret",
    "postgres://anna:s3cr%zzt@host/shop", "postgres://anna:s3cret@host/shop?nonsense=s3cret",
    "postgres://anna:s3cret@[::1/shop", "postgres://anna:s3cret@host/\0",
  ])
  func unreadableURLIsToldWithoutItsPassword(url: String) {
    let problem = storeError { _ = try PostgresStore(url: url) }
    #expect(problem?.code == .unreachable)
    #expect(problem?.description.contains("s3cr") == false)
  }
}
