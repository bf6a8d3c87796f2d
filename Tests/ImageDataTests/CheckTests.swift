import Errors
import Foundation
import ImageData
import Images
import TestEnvironment
import Testing

/// Tests that a check finds the planted defects.
struct CheckTests {
  typealias Kind = ImageFinding.Kind

  /// The known side and label of an image.
  private struct Known {
    var side: CheckedImage.Side?
    var label: String?
  }

  private func check(
    _ photos: PhotoFolder, known: [String: Known] = [:], pixels: Int = 1 << 20
  ) throws -> [ImageFinding] {
    var decoder = ImageDecoder()
    decoder.limits.pixels = pixels
    let images = try FolderWalk(photos.path).files.map { file in
      CheckedImage(
        name: file, paths: [photos.folder.path(file)], isListed: ImageFormat.named(file) != nil,
        side: known[file]?.side, label: known[file]?.label)
    }
    return ImageCheck(images, decoder: decoder).run { _ in }.findings
  }

  private func kinds(_ findings: [ImageFinding]) -> [String: [Kind]] {
    Dictionary(grouping: findings, by: \.image).mapValues { $0.map(\.kind) }
  }

  @Test func goodImagesHaveNothingToSay() throws {
    let photos = try PhotoFolder(["notes.txt"])
    for number in 0..<40 {
      try photos.add("a/\(number).jpg", MadePhotos.photo(UInt64(number)).jpeg(quality: 90))
    }
    #expect(try check(photos) == [])
  }

  @Test func whatIsPlantedIsFoundAndNothingElse() throws {
    let photos = try PhotoFolder([])
    for number in 0..<30 {
      try photos.add("\(number).jpg", MadePhotos.photo(UInt64(number)).jpeg(quality: 90))
    }
    let good = MadePhotos.photo(100).jpeg(quality: 90)
    try photos.add("cut.jpg", Array(good.prefix(good.count / 2)))
    var bad = good
    // Invalid Huffman codes.
    let codes = try #require(zip(bad, bad.dropFirst()).enumerated().first { $1 == (0xFF, 0xC4) })
    for position in codes.offset + 5..<codes.offset + 20 { bad[position] = 0xFF }
    try photos.add("bad.jpg", bad)
    try photos.add("none.jpg", Array("not found".utf8))
    try photos.add("empty.png", [])
    try photos.add("video.gif", Array("GIF89a..........".utf8))
    try photos.add("lies.png", good)
    try photos.add("huge.jpg", MadePhotos.photo(101, width: 1200, height: 1000).jpeg(quality: 60))
    try photos.add("white.jpg", MadePhotos.blank(250).jpeg(quality: 95))
    try photos.add("black.jpg", MadePhotos.blank(3).jpeg(quality: 95))
    try photos.add("small.jpg", MadePhotos.photo(102, width: 12, height: 8).jpeg(quality: 95))
    let grey = MadePhotos.photo(103).keeping(channels: [1])
    try photos.add("grey.jpg", grey.jpeg(quality: 90))
    try photos.add("twice/7.jpg", MadePhotos.photo(7).jpeg(quality: 90))
    try photos.add("again/9.jpg", MadePhotos.photo(9).jpeg(quality: 45))
    let half = MadePhotos.photo(11, width: 48, height: 32)
    try photos.add("half/11.jpg", half.jpeg(quality: 80))
    let found = kinds(try check(photos))
    #expect(
      found == [
        "cut.jpg": [.truncated], "bad.jpg": [.broken], "none.jpg": [.notAnImage],
        "empty.png": [.empty], "video.gif": [.notRead], "lies.png": [.wrongExtension],
        "huge.jpg": [.giant], "white.jpg": [.blank], "black.jpg": [.blank], "small.jpg": [.size],
        "grey.jpg": [.channels], "twice/7.jpg": [.duplicate], "again/9.jpg": [.nearDuplicate],
        "half/11.jpg": [.nearDuplicate],
      ], "\(found)")
  }

  @Test func whatStandsOnBothSidesOfTheSplitIsALeak() throws {
    let photos = try PhotoFolder([])
    var known: [String: Known] = [:]
    for number in 0..<60 {
      let name = "\(number).jpg"
      try photos.add(name, MadePhotos.photo(UInt64(number)).jpeg(quality: 90))
      known[name] = Known(side: number < 40 ? .training : .heldOut, label: "a")
    }
    // Adds a copy, exact or near, to the same or the other side, with a name before or after the original's.
    func plant(
      _ name: String, _ number: UInt64, quality: Int, _ side: CheckedImage.Side, _ label: String
    )
      throws
    {
      try photos.add(name, MadePhotos.photo(number).jpeg(quality: quality))
      known[name] = Known(side: side, label: label)
    }
    try plant("a.jpg", 3, quality: 90, .heldOut, "a")
    try plant("z.jpg", 4, quality: 90, .unused, "a")
    try plant("b.jpg", 5, quality: 40, .heldOut, "a")
    try plant("c.jpg", 6, quality: 90, .training, "b")
    let findings = try check(photos, known: known)
    #expect(
      kinds(findings) == [
        "a.jpg": [.leak], "z.jpg": [.leak], "b.jpg": [.nearLeak], "c.jpg": [.conflict, .duplicate],
      ])
    #expect(findings.first { $0.image == "b.jpg" }?.other == "5.jpg")
    #expect(findings.filter { $0.kind.isError }.count == 2)
  }

  /// On real photos, all exact copies across the split and all blank images are found.
  @Test(
    .enabled(
      if: Requirement.dataSet("clothing-small-128").isMet,
      "\(Requirement.dataSet("clothing-small-128").howToGet)"))
  func everyCopyAndEveryBlankOfRealPhotosIsFound() throws {
    let root = try Requirement.dataSet("clothing-small-128").resolve()
    let names = try FolderWalk(root).files.filter { $0.hasSuffix(".jpg") }
    let photos = try PhotoFolder([])
    var known: [String: Known] = [:]
    for (number, name) in names.enumerated() where number % 12 == 0 {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: root + "/" + name)))
      try photos.add("train/\(number).jpg", bytes)
      known["train/\(number).jpg"] = Known(side: .training)
      guard number % 120 == 0 else { continue }
      try photos.add("valid/\(number).jpg", bytes)
      known["valid/\(number).jpg"] = Known(side: .heldOut)
      // The same pixels in different bytes: a comment after the first marker.
      try photos.add(
        "valid/c\(number).jpg", Array(bytes[..<2]) + [0xFF, 0xFE, 0, 4, 65, 66] + bytes[2...])
      known["valid/c\(number).jpg"] = Known(side: .heldOut)
    }
    for color in stride(from: UInt8(0), through: 250, by: 25) {
      try photos.add("train/blank\(color).jpg", MadePhotos.blank(color).jpeg(quality: 85))
    }
    let findings = try check(photos, known: known)
    let leaks = findings.filter { $0.kind == .leak }
    let copies = known.filter { $0.value.side == .heldOut }.count
    #expect(copies > 60 && Set(leaks.map(\.image)).count == copies)
    let blanks = findings.filter { $0.kind == .blank }
    #expect(blanks.count == 11 && blanks.allSatisfy { $0.image.contains("blank") })
    #expect(findings.count { $0.kind == .nearDuplicate } <= 2)
  }

  @Test func progressCountsEveryFile() throws {
    let photos = try PhotoFolder((0..<50).map { "\($0).jpg" })
    let counted = Counter()
    let images = try FolderWalk(photos.path).files.map {
      CheckedImage(name: $0, paths: [photos.folder.path($0)])
    }
    let report = ImageCheck(images, threadCount: 3).run { counted.note($0) }
    #expect(counted.numbers == Array(1...50))
    #expect(report.fileCount == 50 && report.decodedCount == 0 && report.hasErrors)
  }

  private final class Counter: @unchecked Sendable {
    // The check reports progress serially.
    var numbers: [Int] = []
    func note(_ number: Int) { numbers.append(number) }
  }
}
