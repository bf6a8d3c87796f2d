import Foundation
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests that random rows with random quoting, delimiters and line ends are read back unchanged, whatever the chunk
/// size.
@Suite struct RecordTests {
  /// Plain characters and ones with a meaning in the format, some of several bytes.
  static let alphabet = Array("ab1 \"\",;:|\t\n\r'é\u{1F600}")

  static func text(_ random: inout SplitMix64, in alphabet: [Character]) -> String {
    String(
      (0..<Int.random(in: 1...8, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      })
  }

  /// Returns the column as written in a dialect with quotes.
  static func written(_ text: String, _ delimiter: String, _ random: inout SplitMix64) -> String {
    let needsQuotes =
      text.hasPrefix("\"") || text != text.trimmingCharacters(in: .whitespaces.union(["\r"]))
      || text.trimmingCharacters(in: .whitespaces).hasPrefix("\"") || text.contains(delimiter)
      || text.utf8.contains(UInt8(ascii: "\n"))
    guard needsQuotes || Bool.random(using: &random) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  @Test(arguments: [1, 2, 3, 7, 64, 1 << 20])
  func randomRowsReadBackEqual(_ chunkSize: Int) throws {
    var random = SplitMix64(seed: 42)
    for _ in 0..<60 {
      let delimiter = [",", ";", "\t"].randomElement(using: &random) ?? ","
      let end = Bool.random(using: &random) ? "\n" : "\r\n"
      var expected: [Rating] = []
      var lines: [String] = []
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let user = Self.text(&random, in: Self.alphabet)
        let item = Self.text(&random, in: Self.alphabet)
        let comment = Self.text(&random, in: Self.alphabet)
        let value = Float(Int.random(in: 1...10, using: &random)) / 2
        expected.append(Rating(user, item, value))
        lines.append(
          [user, comment, "\(value)", item].map { Self.written($0, delimiter, &random) }
            .joined(separator: delimiter))
      }
      let text = lines.joined(separator: end) + (Bool.random(using: &random) ? end : "")
      let options = RatingsFileOptions(
        DialectOptions(delimiter: Delimiter(delimiter), quoting: .double), hasHeader: false,
        columns: try RatingsColumns("user=1,item=4,value=3"))
      #expect(try readRatings(of: text, options, chunkSize: chunkSize) == expected, "\(text)")
    }
  }

  @Test(arguments: [1, 2, 3, 7, 1 << 20])
  func withoutQuotesEverythingButDelimitersStandsForItself(_ chunkSize: Int) throws {
    var random = SplitMix64(seed: 43)
    let alphabet = Array("ab1 \",;|\t'é")
    var expected: [Rating] = []
    var text = ""
    for _ in 0..<50 {
      let user = Self.text(&random, in: alphabet)
      let item = String(Self.text(&random, in: alphabet + [":"]).trimmingPrefix(":"))
      guard !item.isEmpty, !item.contains("::"), !item.hasSuffix(":") else { continue }
      let (plainUser, plainItem) = (
        user.trimmingCharacters(in: .whitespaces), item.trimmingCharacters(in: .whitespaces)
      )
      guard !plainUser.isEmpty, !plainItem.isEmpty else { continue }
      expected.append(Rating(plainUser, plainItem, 3))
      text += "\(user)::\(item)::3\n"
    }
    let options = RatingsFileOptions(
      DialectOptions(delimiter: .doubleColon, quoting: Quoting.none), hasHeader: false)
    #expect(try readRatings(of: text, options, chunkSize: chunkSize) == expected)
  }

  @Test func aHugeColumnReadsThroughSmallPieces() throws {
    let comment = String(repeating: "x\"\"\n", count: 200_000)
    let text = "user,item,comment\na,b,\"\(comment)\"\nc,d,e\n"
    let read = try readRatings(of: text, chunkSize: 100_000)
    #expect(read == [Rating("a", "b"), Rating("c", "d")])
  }

  @Test func batchesHoldWhatTheyMayAndLoseNothing() throws {
    let folder = try TemporaryFolder()
    let text = (0..<100).map { "u\($0),i,\($0)\n" }.joined()
    let path = try folder.write(text, to: "ratings.csv")
    for batchSize in [1, 7, 50, 100, 101] {
      var sizes: [Int] = []
      var users: [String] = []
      try RatingsFile(path: path, options: RatingsFileOptions()).readRatings(
        users: IdentifierForm(.text), items: IdentifierForm(.text), scale: nil,
        batchSize: batchSize, rejects: nil
      ) { batch in
        sizes.append(batch.count)
        for position in 0..<batch.count { users.append(batch[position].user.description) }
      }
      #expect(users == (0..<100).map { "u\($0)" })
      #expect(sizes.dropLast().allSatisfy { $0 == batchSize })
    }
  }
}
