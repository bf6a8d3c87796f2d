import Errors
import Foundation
import Ratings
import RatingsFiles
import TestEnvironment
import Testing

/// Tests that rejected lines are kept verbatim with their reasons, and can be read again.
@Suite struct RejectsTests {
  /// Reads `bytes` with rejects, and returns the ratings, the rejected lines, the reasons and their number.
  private func read(_ bytes: [UInt8], chunkSize: Int = 1 << 20) throws
    -> (ratings: [Rating], lines: [UInt8], reasons: [String], count: Int)
  {
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, to: "ratings.csv")
    let rejectsPath = folder.path("bad.csv")
    let rejects = try RejectsFile(path: rejectsPath, apartFrom: [path])
    let ratings = try readRatings(
      path, RatingsFileOptions(DialectOptions(quoting: .double)), rejects: rejects,
      chunkSize: chunkSize)
    try rejects.appear()
    let lines = try Data(contentsOf: URL(fileURLWithPath: rejectsPath))
    let reasons = try String(contentsOfFile: rejectsPath + ".reasons", encoding: .utf8)
    return (
      ratings, Array(lines),
      reasons.split(separator: "\n").map {
        String($0).replacing(rejectsPath, with: "bad.csv").replacing(path, with: "ratings.csv")
      }, rejects.count
    )
  }

  @Test(arguments: [1, 3, 1 << 20]) func badLinesStandAsTheyStood(_ chunkSize: Int) throws {
    let header = "user,item,rating\r\n"
    let bad: [[UInt8]] = [
      Array("a,b\r\n".utf8), Array("\"a\",\"b\nc\",x\n".utf8),
      Array("a,caf".utf8) + [0xE9, 0x2C, 0x33, 0x0A],
      Array("a,\"b,3\n".utf8), Array("a,b,NaN".utf8),
    ]
    let good = Array("u,i,3\n".utf8)
    let text =
      Array(header.utf8) + bad[0] + good + bad[1] + bad[2] + good + bad[3] + good + bad[4]
    let read = try read(text, chunkSize: chunkSize)
    #expect(read.ratings == Array(repeating: Rating("u", "i", 3), count: 3))
    #expect(read.count == bad.count)
    #expect(read.lines == Array(header.utf8) + bad.flatMap { $0 } + Array("\n".utf8))
    let reasons = [
      "bad.csv:2: ratings.csv, line 2: ", "bad.csv:3: ratings.csv, line 5, column 3 (rating): ",
      "bad.csv:5: ratings.csv, line 6, column 2 (item): ",
      "bad.csv:6: ratings.csv, line 8, column 2 (item): ",
      "bad.csv:7: ratings.csv, line 10, column 3 (rating): ",
    ]
    #expect(read.reasons.count == reasons.count)
    for (reason, beginning) in zip(read.reasons, reasons) {
      #expect(reason.hasPrefix(beginning), "\(reason)")
    }
  }

  @Test func mendedLinesCanBeImported() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("user;item;rating\na;b;x\nc;d;4\n", to: "ratings.csv")
    let rejects = try RejectsFile(path: folder.path("bad.csv"), apartFrom: [path])
    #expect(try readRatings(path, rejects: rejects) == [Rating("c", "d", 4)])
    try rejects.appear()
    let mended = try String(contentsOfFile: rejects.path, encoding: .utf8)
      .replacing("x", with: "3.5")
    #expect(try readRatings(of: mended) == [Rating("a", "b", 3.5)])
  }

  @Test(arguments: [TextEncoding.latin1, .windows1252, .utf16])
  func mendedLinesOfAnotherEncodingAreRightWhateverIsSaid(_ encoding: TextEncoding) throws {
    let folder = try TemporaryFolder()
    let text = "user,item,rating\né,ü,x\na,b,4\n"
    let foundation: String.Encoding = encoding == .utf16 ? .utf16 : .isoLatin1
    let path = try folder.write(
      Array(try #require(text.data(using: foundation))), to: "ratings.csv")
    let options = RatingsFileOptions(DialectOptions(encoding: encoding))
    let rejects = try RejectsFile(path: folder.path("bad.csv"), apartFrom: [path])
    #expect(try readRatings(path, options, rejects: rejects) == [Rating("a", "b", 4)])
    try rejects.appear()
    let mended = try Data(contentsOf: URL(fileURLWithPath: rejects.path))
      .map { $0 == UInt8(ascii: "x") ? UInt8(ascii: "3") : $0 }
    let again = try folder.write(mended, to: "mended.csv")
    #expect(try readRatings(again, options) == [Rating("é", "ü", 3)])
    #expect(try readRatings(again) == [Rating("é", "ü", 3)])
  }

  @Test func aRandomMixLosesNoLine() throws {
    var random = SplitMix64(seed: 11)
    for _ in 0..<40 {
      var bytes = Array("user,item,rating\n".utf8)
      var good = 0
      var bad: [UInt8] = []
      for _ in 0..<Int.random(in: 1...20, using: &random) {
        if Bool.random(using: &random) {
          bytes += Array("u,i,3\n".utf8)
          good += 1
        } else {
          let line =
            ["u,i", "u,\"i,3", "u,i,x", ",i,3", "u,\"a\nb\",y", "x\"y,\"z\"z,3"]
            .randomElement(using: &random) ?? ""
          // A line with an open quote extends to the next quote, so such lines are kept apart.
          guard !line.contains("\"") || !bad.contains(UInt8(ascii: "\"")) else { continue }
          bytes += Array((line + "\n").utf8)
          bad += Array((line + "\n").utf8)
        }
      }
      let read = try read(bytes, chunkSize: 1 + Int.random(in: 0..<30, using: &random))
      #expect(read.ratings.count == good)
      #expect(read.lines == (bad.isEmpty ? [] : Array("user,item,rating\n".utf8) + bad))
    }
  }

  @Test func withoutABadLineBothFilesAreEmpty() throws {
    let read = try read(Array("user,item,rating\nu,i,3\n".utf8))
    #expect(read.lines.isEmpty && read.reasons.isEmpty && read.count == 0)
  }

  @Test func filesThatDoNotAppearLeaveNothing() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("u,i,x\n", to: "ratings.csv")
    do {
      let rejects = try RejectsFile(path: folder.path("bad.csv"), apartFrom: [path])
      #expect(try readRatings(path, rejects: rejects).isEmpty && rejects.count == 1)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["ratings.csv"])
  }

  @Test func aLinkIsFollowed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("1,i,x\n2,i,3\n", to: "ratings.csv")
    let target = try folder.write("", to: "target.csv")
    let link = folder.path("link.csv")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
    let rejects = try RejectsFile(path: link, apartFrom: [path])
    _ = try readRatings(path, rejects: rejects)
    try rejects.appear()
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "1,i,x\n")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
  }

  @Test func aLinkToWhatIsNotThereYetStaysALink() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("1,i,x\n2,i,3\n", to: "ratings.csv")
    try FileManager.default.createDirectory(
      atPath: folder.path("archive"), withIntermediateDirectories: false)
    for (link, destination) in [("link.csv", "second.csv"), ("second.csv", "archive/bad.csv")] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path(link), withDestinationPath: destination)
    }
    let rejects = try RejectsFile(path: folder.path("link.csv"), apartFrom: [path])
    _ = try readRatings(path, rejects: rejects)
    try rejects.appear()
    let target = folder.path("archive/bad.csv")
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "1,i,x\n")
    for link in ["link.csv", "second.csv"] {
      #expect(
        (try? FileManager.default.destinationOfSymbolicLink(atPath: folder.path(link))) != nil)
    }
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("round.csv"), withDestinationPath: "round.csv")
    #expect {
      try RejectsFile(path: folder.path("round.csv"), apartFrom: [])
    } throws: {
      "\($0)".contains("can't be written: Too many levels of symbolic links")
    }
  }

  @Test func aFileThatIsBeingReadIsNotOverwritten() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("u,i,3\n", to: "ratings.csv")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("link.csv"), withDestinationPath: path)
    for rejects in [path, folder.path("link.csv"), folder.path + "/./ratings.csv"] {
      #expect {
        try RejectsFile(path: rejects, apartFrom: [path])
      } throws: {
        ($0 as? RatingsFileError)?.code == .badRequest
      }
    }
    #expect(try readRatings(path).count == 1)
    #expect(throws: RatingsFileError.self) {
      try RejectsFile(path: folder.path("none/bad.csv"), apartFrom: [])
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: [false, true])
  func aPipeWithAPathIsReadAsTheFileIs(_ hasItems: Bool) throws {
    let lines = (0..<20_000).map { "user\($0),item\($0 % 777),\($0 % 1000 == 999 ? "x" : "3")\n" }
    let text = "user,item,rating\n" + lines.joined()
    #expect(text.utf8.count > 3 << 16)
    func ratings(_ path: String, in fixture: ImportFixture) throws -> [Rating] {
      var importing = RatingsImport(
        ratings: [.init(path: path)], userType: .text, itemType: .text,
        rejectsPath: fixture.folder.path("bad.csv"))
      if hasItems {
        let items = try fixture.folder.write("id,title\nitem1,One\n", to: "items.csv")
        importing.items = [.init(path: items)]
      }
      let outcome = try importing.run(into: fixture.store)
      #expect(outcome.rejectedCount == 20 && outcome.ratings.added == 19_980)
      return try fixture.all()
    }
    let plain = try ImportFixture()
    let expected = try ratings(plain.folder.write(text, to: "ratings.csv"), in: plain)
    let piped = try ImportFixture()
    let pipe = piped.folder.path("ratings.fifo")
    try #require(mkfifo(pipe, 0o600) == 0)
    Thread.detachNewThread {
      try? FileHandle(forWritingAtPath: pipe)?.write(contentsOf: Data(text.utf8))
    }
    let read = try ratings(pipe, in: piped)
    #expect(read == expected)
  }

  @Test func differentLayoutsDoNotShareAFile() throws {
    let folder = try TemporaryFolder()
    let commas = try folder.write("user,item,rating\nu,i,3\n", to: "a.csv")
    let semicolons = try folder.write("user;item;rating\nu;i;3\n", to: "b.csv")
    let rejects = try RejectsFile(path: folder.path("bad.csv"), apartFrom: [])
    _ = try readRatings(commas, rejects: rejects)
    #expect {
      try readRatings(semicolons, rejects: rejects)
    } throws: {
      ($0 as? RatingsFileError)?.code == .badRequest
    }
  }
}
