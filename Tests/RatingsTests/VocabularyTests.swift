import Errors
import Ratings
import Testing

@Suite struct RatingTests {
  @Test func batchGivesBackItsRatings() {
    let ratings = [
      Rating(user: UserID(1), item: ItemID("a"), value: 0.5, time: Timestamp(microseconds: -1)),
      Rating(user: UserID(.max), item: ItemID("é")),
    ]
    var batch = RatingBatch(userType: .integer, itemType: .text)
    for rating in ratings { batch.append(rating) }
    #expect(batch.count == 2)
    #expect([batch[0], batch[1]] == ratings)
    #expect(batch.times[1] == Timestamp.missing)
    batch.removeAll()
    #expect(batch == RatingBatch(userType: .integer, itemType: .text))
  }

  @Test(
    arguments: [
      ("0.5..5", 0.5, 5), ("-1..1", -1, 1), ("0..0.5", 0, 0.5), ("1e1..2e1", 10, 20),
    ] as [(String, Float, Float)])
  func scalesAreRead(text: String, minimum: Float, maximum: Float) {
    let scale = RatingScale(text)
    #expect(scale == RatingScale(minimum: minimum, maximum: maximum))
    #expect(scale.flatMap { RatingScale($0.description) } == scale)
  }

  @Test(arguments: [
    "", "..", "1", "1..", "..5", "5..1", "1..1", "0...5", "1..2..3", "nan..1", "0..inf", "0-5",
    "a..b",
  ])
  func otherTextsAreNoScale(text: String) { #expect(RatingScale(text) == nil) }

  @Test func scaleHoldsItsEndsAndNoNaN() throws {
    let scale = try #require(RatingScale(minimum: 1, maximum: 5))
    #expect(scale.contains(1) && scale.contains(5) && scale.contains(3.3))
    for value in [0.999, 5.001, .nan, .infinity, -.infinity] as [Float] {
      #expect(!scale.contains(value))
    }
  }

  @Test func timestampsAreShownInUTC() {
    #expect(Timestamp(microseconds: 964_982_703_000_000).description == "2000-07-30T18:45:03Z")
    #expect(Timestamp(microseconds: -1).description == "1969-12-31T23:59:59Z")
    #expect(!Timestamp(microseconds: .max).description.isEmpty)
    #expect(!Timestamp(microseconds: .min + 1).description.isEmpty)
    #expect(Timestamp(microseconds: 1) < Timestamp(microseconds: 2))
  }
}

@Suite struct TextSearchTests {
  @Test(arguments: [
    ("matrix", "The MATRIX"), ("MATRIX", "the matrix"), ("", ""), ("", "x"), ("é", "CAFÉ"),
    ("e\u{301}", "Café"), ("é", "Cafe\u{301}"), ("straße", "STRASSE"), ("ss", "Straße"),
    ("ОДИН", "один"), ("σ", "ΟΔΟΣ"), ("ς", "ΟΔΟΣ"), ("%", "100%"), ("日本", "日本語"),
  ])
  func finds(needle: String, text: String) { #expect(TextSearch(needle).matches(text)) }

  @Test(arguments: [
    ("matrix", "matri"), ("x", ""), ("%", "100"), ("_", "a"), ("é", "cafe"), ("*", "abc"),
  ])
  func doesNotFind(needle: String, text: String) { #expect(!TextSearch(needle).matches(text)) }
}

@Suite struct MigrationTests {
  private let known = ["1", "2", "3"].map { Migration($0, Array("script \($0)".utf8)) }

  @Test func pendingAreThoseBehindTheApplied() throws {
    for count in 0...3 {
      let pending = try Migration.pending(
        of: known, applied: Array(known.prefix(count)), store: "s")
      #expect(pending == Array(known.dropFirst(count)))
    }
  }

  @Test func newerAlteredAndSkippedAreRefused() {
    let newer = known + [Migration("4", [])]
    let altered = [known[0], Migration("2", Array("other".utf8))]
    for applied in [newer, altered, [known[1]], [known[0], known[2]]] {
      #expect(throws: StoreError.self) {
        try Migration.pending(of: known, applied: applied, store: "s")
      }
    }
  }
}
