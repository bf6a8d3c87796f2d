import Errors
import Foundation
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Reading any bytes accounts for every line or ends with a Latent error: no crash, no hang, no lost line.
@Suite struct FuzzTests {
  /// The number of inputs for each reader.
  static let count = fuzzCount(15_000)

  @Test(arguments: [1, 2]) func noFileOfRatingsCrashesHangsOrLosesALine(_ seed: UInt64) throws {
    let folder = try TemporaryFolder()
    var random = SplitMix64(seed: seed)
    let generator = HostileFiles()
    var (read, refused) = (0, 0)
    for number in 0..<Self.count / 2 {
      let bytes = generator.file(&random)
      let path = try folder.write(bytes, to: "ratings")
      let options = generator.options(&random)
      let chunkSize = [1, 2, 3, 7, 64, 1 << 16].randomElement(using: &random) ?? 1
      let rejects =
        Int.random(in: 0..<8, using: &random) == 0
        ? try RejectsFile(path: folder.path("bad-\(number)"), apartFrom: []) : nil
      do {
        let file = try RatingsFile(path: path, options: options, chunkSize: chunkSize)
        var rows = 0
        try file.readRatings(
          users: IdentifierForm(.text), items: IdentifierForm(.text), scale: nil, batchSize: 3,
          rejects: rejects
        ) { rows += $0.count }
        let lines = file.tally
        read += 1
        guard lines.isBalanced, lines.records == rows + (rejects?.count ?? 0),
          options.dialect.encoding == .utf16 || bytes.starts(with: [0xFF, 0xFE])
            || bytes.starts(with: [0xFE, 0xFF]) || lines.total == Self.lineCount(bytes)
        else {
          Issue.record("\(lines) for \(rows) rows of \(Data(bytes).base64EncodedString())")
          return
        }
      } catch is RatingsFileError {
        refused += 1
      }
    }
    #expect(read * 20 > Self.count && refused * 20 > Self.count)
  }

  @Test func noFileOfItemsCrashesHangsOrLosesALine() throws {
    let folder = try TemporaryFolder()
    var random = SplitMix64(seed: 3)
    let generator = HostileFiles()
    var read = 0
    for _ in 0..<Self.count {
      let bytes = generator.file(&random)
      let path = try folder.write(bytes, to: "items")
      do {
        let file = try ItemsFile(
          path: path, chunkSize: [1, 5, 1 << 16].randomElement(using: &random) ?? 1)
        var rows = 0
        try file.readItems(ids: IdentifierForm(.text), batchSize: 3, rejects: nil) {
          rows += $0.count
        }
        read += 1
        guard file.tally.isBalanced, file.tally.records == rows else {
          Issue.record("\(file.tally) for \(rows) items of \(Data(bytes).base64EncodedString())")
          return
        }
      } catch is RatingsFileError {
      }
    }
    #expect(read * 40 > Self.count)
  }

  /// The number of lines, counted by line ends after a byte order mark.
  private static func lineCount(_ bytes: [UInt8]) -> Int {
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    let ends = text.count { $0 == 0x0A }
    return ends + (text.isEmpty || text.last == 0x0A ? 0 : 1)
  }
}

/// Files that resemble ratings files.
private struct HostileFiles {
  /// Tokens that are significant in some format.
  private let pieces = [
    "a", "b1", "7", "1.0", "3,5", ",", ";", "\t", "|", "::", ":", "\"", "\"\"", "\\\"", "\\", "\n",
    "\r\n", "\r", " ", "{", "}", "[", "]", "\"user\":", "\"item\":", "\"rating\":", "null", "true",
    "\\u00e9", "\\ud83d", "é", "\u{1F600}", "\0", "\u{1B}", "user", "item", "rating", "time", "id",
    "title", "sep=;", "1342575343", "2001-02-03", "NaN", "1e400", "-", "\u{FEFF}", "\\N", "genres",
    "'", "['", "'b', ", "']", "\\x4", "\\U0001F600", "1.234", "007", "NULL", "\u{200B}", "\u{A0}",
    "1:",
  ].map { Array($0.utf8) }

  private let wholes = [
    "user,item,rating,time\na,x,3,1342575343\nb,\"y, z\",4.5,\nc,\"w \"\"v\"\"\",1,2001-02-03\n",
    "id,title,genres\n1,\"One, Two\",a|b\n2,Three,\n", "u\ti\t3\nu\tj\t\"4\nk\tl\t5\"\n",
    "1::2::3::978300760\n2::3::4::978300761\n", "\"a\";\"b \\\"c\\\"\";\"3\"\n\"d\";\"e\";\"4\"\n",
    "{\"user\":1,\"item\":2,\"rating\":3}\n{\"user\":\"é\",\"item\":\"\\u00e9\",\"rating\":4.5}\n",
    "[{\"id\":1,\"title\":\"a\",\"genres\":[\"b\",[\"c\"]]},\n{\"id\":2,\"user\":{\"x\":[1,2]},\"item\":3}]\n",
    "id,title,genres,cast\n1,a,\"['b', 'c\\xe9']\",\"[{'id': 1, 'name': u'\\u00e9'}]\"\n2,d,\"{e,f}\",[]\n",
    "sep=;\nuser;item;rating\na;b;3,5\n", "1,2,3\n\n\n4,5,6\n", "user,item\na,\"b\n\nc\"\nd,e\n",
  ].map { Array($0.utf8) }

  func file(_ random: inout SplitMix64) -> [UInt8] {
    var bytes: [UInt8] = []
    if Int.random(in: 0..<3, using: &random) == 0 {
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        bytes += pieces.randomElement(using: &random) ?? []
      }
      return bytes
    }
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      bytes += wholes.randomElement(using: &random) ?? []
    }
    for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
      let position = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: position)
      case 2: bytes.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: position)
      default: bytes.removeSubrange(position..<min(bytes.count, position + 9))
      }
    }
    return bytes
  }

  func options(_ random: inout SplitMix64) -> RatingsFileOptions {
    var options = RatingsFileOptions()
    guard Int.random(in: 0..<3, using: &random) == 0 else { return options }
    options.dialect.quoting = Quoting.allCases.randomElement(using: &random)
    if Bool.random(using: &random) {
      options.dialect.delimiter = [.comma, .tab, .semicolon, .bar, .doubleColon].randomElement(
        using: &random)
    }
    if Bool.random(using: &random) { options.hasHeader = Bool.random(using: &random) }
    if Int.random(in: 0..<3, using: &random) == 0 {
      options.columns = RatingsColumns(user: .number(1), item: .number(2), value: .number(3))
    }
    if Int.random(in: 0..<6, using: &random) == 0 {
      options.dialect.encoding = TextEncoding.allCases.randomElement(using: &random)
    }
    return options
  }
}
