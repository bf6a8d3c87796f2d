import Errors
import Foundation
import Ratings
import RatingsFiles
import RatingsSQLite
import TestEnvironment
import Testing

/// Tests compressed files and other encodings.
@Suite struct StreamTests {
  static let text =
    "user,item,rating\n"
    + (0..<50_000).map { "u\($0 % 977),café \($0 % 463),\($0 % 5 + 1)\n" }.joined()

  /// Returns each text compressed by `program`, concatenated.
  private func packed(_ program: [String], _ texts: [String], in folder: TemporaryFolder) throws
    -> [UInt8]
  {
    var bytes: [UInt8] = []
    for (number, text) in texts.enumerated() {
      let path = try folder.write(text, to: "piece-\(number)")
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = program + [path]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      bytes += Array(pipe.fileHandleForReading.readDataToEndOfFile())
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
    }
    return bytes
  }

  @Test(arguments: [["gzip", "-c"], ["zstd", "-q", "-c"]])
  func whatIsCompressedIsUnpackedOnTheWay(_ program: [String]) throws {
    let folder = try TemporaryFolder()
    let expected = try readRatings(of: Self.text)
    let half = Self.text.index(Self.text.startIndex, offsetBy: Self.text.count / 2)
    let pieces = [String(Self.text[..<half]), String(Self.text[half...])]
    for texts in [[Self.text], pieces, [Self.text, ""]] {
      let bytes = try packed(program, texts, in: folder)
      for chunkSize in [777, 1 << 20] {
        let path = try folder.write(bytes, to: "packed")
        #expect(try readRatings(path, chunkSize: chunkSize) == expected)
      }
      // A second reading starts from the beginning.
      let pairs = Set(expected.map { [$0.user.description, $0.item.description] })
      #expect(try importedCounts(bytes, in: folder) == [977, pairs.count])
      for cut in [bytes.count / 2, bytes.count - 1] {
        #expect(try faultReading(Array(bytes[..<cut]))?.code == .inputOutput)
      }
      var damaged = bytes
      for position in stride(from: 40, to: damaged.count, by: 97) { damaged[position] ^= 0x55 }
      #expect(try faultReading(damaged) != nil)
    }
  }

  /// Returns the numbers of users and ratings after an import.
  private func importedCounts(_ bytes: [UInt8], in folder: TemporaryFolder) throws -> [Int] {
    let store = SQLiteStore(path: folder.path("\(UInt64.random(in: 0 ... .max)).sqlite"))
    let path = try folder.write(bytes, to: "packed")
    _ = try RatingsImport(ratings: [.init(path: path)]).run(into: store)
    var count = 0
    try store.readRatings(from: .table) { count += $0.count }
    return [try store.summary().userCount, count]
  }

  @Test func zerosBehindGzipAreReadOver() throws {
    let folder = try TemporaryFolder()
    let bytes = try packed(["gzip", "-c"], ["a,b,3\n"], in: folder)
    let path = try folder.write(bytes + Array(repeating: 0, count: 512), to: "packed")
    #expect(try readRatings(path) == [Rating("a", "b", 3)])
  }

  @Test(arguments: [TextEncoding.latin1, .windows1252, .utf16])
  func otherEncodingsAreRead(_ encoding: TextEncoding) throws {
    let folder = try TemporaryFolder()
    let text =
      encoding == .utf16
      ? "a,€ \u{1F600}é,3\nb,ü,4\n" : encoding == .latin1 ? "a,é,3\nb,ü,4\n" : "a,€“é,3\nb,ü,4\n"
    let foundation: String.Encoding =
      switch encoding {
      case .latin1: .isoLatin1
      case .windows1252: .windowsCP1252
      default: .utf16
      }
    let bytes = Array(try #require(text.data(using: foundation)))
    let path = try folder.write(bytes, to: "ratings.csv")
    let expected = try readRatings(of: text)
    for chunkSize in [1, 3, 1 << 20] {
      #expect(
        try readRatings(
          path, RatingsFileOptions(DialectOptions(encoding: encoding)), chunkSize: chunkSize)
          == expected)
    }
    if encoding == .utf16 {
      // The byte order mark suffices. Big endian without one needs the option.
      #expect(try readRatings(path) == expected)
      let big = Array(try #require(text.data(using: .utf16BigEndian)))
      let bigPath = try folder.write(big, to: "big.csv")
      #expect(
        try readRatings(bigPath, RatingsFileOptions(DialectOptions(encoding: .utf16))) == expected)
      #expect(
        try faultReading(
          Array(bytes.dropLast()), RatingsFileOptions(DialectOptions(encoding: .utf16)))?.code
          == .badEncoding)
    } else {
      #expect(try faultReading(bytes)?.code == .badEncoding)
    }
  }

  static let foreign: [(bytes: [UInt8], what: String)] = {
    func file(_ text: String, behind signature: [UInt8] = []) -> [UInt8] {
      signature + Array(text.utf8)
    }
    let zip: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
    return [
      (file("\u{14}\0\0\0ml-1m/ratings.dat", behind: zip), "a zip archive"),
      (file("\u{14}\0\0\0[Content_Types].xml", behind: zip), "a spreadsheet"),
      (file("PAR1...."), "a Parquet file"), (file("ARROW1\0\0"), "an Arrow"),
      (file("SQLite format 3\0"), "an SQLite database"),
      (file("<!DOCTYPE html>\n"), "a web page"),
      (file("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "a Git LFS pointer"),
      (file("ELF\u{2}", behind: [0x7F]), "a program"), (file("#!/bin/sh\n"), "a program"),
      (file("7zXZ\0", behind: [0xFD]), "compressed with xz"), (file("%PDF-1.4\n"), "a PDF"),
      (file("", behind: [0x80, 0x04, 0x95]), "a Python pickle"),
      (file("a,b,3\rc,d,4\r"), "a carriage return"),
      (file("user,item,rating\r1,2,3\r1,3,4\r\n"), "a carriage return"),
      (file("user,item,rating\r1,2,3\n1,3,4\r2,2,5\n"), "a carriage return"),
      (file("user,item\n1,2\n").flatMap { [$0, 0] }, "UTF-16"),
      (file("user,item\n1,2\n").flatMap { [0, $0] }, "UTF-16"),
      (
        "user,title,item,rating\n1,Война и мир,2,3\n".utf16.flatMap {
          [UInt8($0 & 0xFF), UInt8($0 >> 8)]
        }, "UTF-16"
      ),
      (file("1:\n1488844,3,2005-09-06\n"), "the Netflix Prize's own format"),
      ((0..<255).map { UInt8($0) }, "not text"),
    ]
  }()

  @Test(arguments: foreign.indices)
  func filesThatAreNotReadAreNamed(_ number: Int) throws {
    let (bytes, what) = Self.foreign[number]
    let fault = try #require(try faultReading(bytes))
    #expect(fault.code == .notPlainText && fault.problem.contains(what), "\(fault)")
    #expect(fault.description.utf8.count < 500)
  }

  @Test func aByteThatIsNoneOfTextMakesNoUTF16() throws {
    for text in ["id,title\n1,O\0ne\n", "user,item,rating\na,\0b,3\n", "\0a,b,3\n", "a,b,3\n\0"] {
      #expect(try faultReading(Array(text.utf8))?.problem.contains("UTF-16") == false, "\(text)")
    }
  }

  @Test func aFrameOfZstdThatIsToBeSkippedIsOne() throws {
    let folder = try TemporaryFolder()
    let frames = try packed(["zstd", "-q", "-c"], ["user,item,rating\na,b,3\n"], in: folder)
    let skipped: [UInt8] = [0x53, 0x2A, 0x4D, 0x18, 4, 0, 0, 0] + Array("note".utf8)
    let path = try folder.write(skipped + frames, to: "packed")
    #expect(try readRatings(path) == [Rating("a", "b", 3)])
  }

  @Test func bytesOfABinaryFileAreNotShown() throws {
    let bytes =
      Array("user,item,rating\na,b,".utf8) + [0x1B, 0x5B, 0x32, 0x4A, 0x07, 0x80]
      + Array(repeating: 0x78, count: 200)
    let fault = try #require(try faultReading(bytes))
    #expect(fault.problem.contains("\\u{1B}[2J\\u{07}"), "\(fault.problem)")
    #expect(!fault.description.utf8.contains(0x1B) && fault.problem.count < 120)
  }
}
