import Ratings
import Testing

/// Tests where a statement ends, whatever its quotes and comments contain.
@Suite struct SQLStatementEndTests {
  @Test(arguments: [
    ("select 1", "select 1"), ("select 1;", "select 1"), (" select 1 ; \n ;", " select 1"),
    ("select 1; -- done; 'yes'", "select 1"), ("select 1 -- ; no", "select 1 -- ; no"),
    ("select 1 /* ; /* ; */ */ ;", "select 1 /* ; /* ; */ */"),
    ("select ';' || \"a;\" || `b;` ;--", "select ';' || \"a;\" || `b;`"),
    ("select 'it''s;' ;", "select 'it''s;'"), ("select E'it\\'s;' ;", "select E'it\\'s;'"),
    ("select $$;'$$, $a$;$$;$a$;", "select $$;'$$, $a$;$$;$a$"), ("select $1;", "select $1"),
    ("select 1; select 2", "select 1; select 2"), ("select 1;; x -- y", "select 1;; x -- y"),
    ("select 'open;", "select 'open;"), ("select $a$;", "select $a$;"),
    ("select /* ;", "select /* ;"),
  ])
  func statementEndsWhereItDoes(text: String, statement: String) throws {
    #expect(try RatingsQuery(text, store: "s").trimmed == statement)
  }

  @Test(arguments: [";", " ; -- x", "-- x", "/* x */", ""]) func nothingIsNoQuery(_ text: String) {
    #expect(throws: StoreError.self) { try RatingsQuery(text, store: "s") }
  }

  @Test func numbersAreTimesByTheirSize() {
    for (number, microseconds) in [
      (964_982_703, 964_982_703_000_000), (964_982_703_123, 964_982_703_123_000),
      (964_982_703_123_456, 964_982_703_123_456), (-1, -1_000_000), (0, 0),
    ] as [(Int64, Int64)] {
      #expect(Timestamp.microseconds(sinceEpoch: number) == microseconds)
    }
    #expect(Timestamp.microseconds(sinceEpoch: 964_982_703.25) == 964_982_703_250_000)
    #expect(Timestamp.microseconds(sinceEpoch: -1.5) == -1_500_000)
    for number in [Double.nan, .infinity, 1e19] {
      #expect(Timestamp.microseconds(sinceEpoch: number) == nil)
    }
    #expect(Timestamp.microseconds(sinceEpoch: Int64.min) == nil)
  }
}
