import Ratings
import Testing

@Suite struct IdentifierTests {
  @Test(arguments: [
    ("42", 42), ("0042", 42), ("-0", 0), ("+7", 7), ("-9223372036854775808", Int64.min),
    ("9223372036854775807", Int64.max), ("9223372036854775808", nil), ("", nil), (" 1", nil),
    ("1.0", nil), ("1e3", nil), ("abc", nil), ("٣", nil),
  ])
  func integersAreRead(text: String, integer: Int64?) {
    #expect(UserID(text, as: .integer) == integer.map { UserID($0) })
  }

  @Test func textsAreReadAsTheyAre() {
    for text in ["a", " ", "0042", "é", String(repeating: "é", count: identifierByteLimit / 2)] {
      #expect(ItemID(text, as: .text)?.description == text)
    }
    #expect(ItemID("", as: .text) == nil)
    #expect(ItemID(String(repeating: "x", count: identifierByteLimit + 1), as: .text) == nil)
  }

  @Test func bytesDecideEqualityAndOrder() {
    let composed = UserID("\u{E9}")
    let decomposed = UserID("e\u{301}")
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed, UserID("é")]).count == 2)
    #expect(UserID(42) != UserID("42"))
    let sorted: [UserID] = [
      UserID(.min), UserID(-1), UserID(9), UserID(10), UserID("10"), UserID("9"), UserID("B"),
      UserID("a"), decomposed, composed, UserID("\u{FFFD}"), UserID("\u{1F600}"),
    ]
    #expect(sorted.shuffled().sorted() == sorted)
  }

  @Test func columnsHoldWhatIsAppended() {
    var column = IdentifierColumn(type: .text)
    let texts = ["", "a", "日本", "e\u{301}"]
    for text in texts { column.append(UserID(text)) }
    column.append(utf8: Array("span".utf8).span)
    #expect(column.count == 5)
    #expect(
      (0..<5).map { column.identifier(at: $0, of: UserEntity.self).description } == texts + ["span"]
    )
    column.removeAll()
    #expect(column == IdentifierColumn(type: .text))
    var integers = IdentifierColumn(type: .integer)
    integers.append(integer: .min)
    integers.append(UserID(5))
    #expect(integers == .integers([.min, 5]))
  }

  /// If every append copied the column, this would take minutes.
  @Test(.timeLimit(.minutes(1))) func appendingTakesConstantTime() {
    var integers = IdentifierColumn(type: .integer)
    var texts = IdentifierColumn(type: .text)
    for number in 0..<500_000 {
      integers.append(UserID(Int64(number)))
      texts.append(ItemID("item \(number)"))
    }
    #expect(integers.count == 500_000)
    #expect(texts.identifier(at: 499_999, of: ItemEntity.self) == ItemID("item 499999"))
  }
}
