import Foundation
import ImageData
import Images
import TestEnvironment
import Testing

/// Tests the search for duplicates and near duplicates, with and without a split between them.
struct AlikeImagesTests {
  typealias Planted = (
    name: String, bytes: [UInt8], side: CheckedImage.Side?, label: String?
  )

  private func findings(
    _ planted: [Planted], points: [String: [SIMD2<Float>]] = [:]
  ) throws -> [ImageFinding] {
    let photos = try PhotoFolder([])
    let images = try planted.map { name, bytes, side, label in
      var image = CheckedImage(
        name: name, paths: [try photos.add(name, bytes)], side: side, label: label)
      image.points = points[name] ?? []
      return image
    }
    return ImageCheck(images).run { _ in }.findings
  }

  private func told(_ planted: [Planted]) throws -> [String] {
    try findings(planted).map { "\($0.kind.rawValue): \($0.image) \($0.other ?? "")" }.sorted()
  }

  private func photo(_ number: UInt64, quality: Int = 90) -> [UInt8] {
    MadePhotos.photo(number).jpeg(quality: quality)
  }

  @Test func aPairAcrossTheSplitIsToldOnceOfTheOneThatIsHeldOut() throws {
    for quality in [90, 45] {
      let kind = quality == 90 ? "leak" : "near leak"
      for sides in [
        (CheckedImage.Side.heldOut, CheckedImage.Side.training), (.unused, .training),
        (.heldOut, .unused),
      ] {
        let (one, other) = (photo(9), photo(9, quality: quality))
        #expect(
          try told([("a.jpg", one, sides.0, nil), ("b.jpg", other, sides.1, nil)])
            == ["\(kind): a.jpg b.jpg"])
        #expect(
          try told([("a.jpg", one, sides.1, nil), ("b.jpg", other, sides.0, nil)])
            == ["\(kind): b.jpg a.jpg"])
      }
    }
  }

  @Test func copiesOnOneSideAreDuplicatesAndLeaksBeside() throws {
    #expect(
      try told([
        ("a.jpg", photo(9), .training, nil), ("b.jpg", photo(9), .training, nil),
        ("c.jpg", photo(9), .heldOut, nil), ("d.jpg", photo(9), nil, nil),
      ]) == ["duplicate: b.jpg a.jpg", "duplicate: d.jpg a.jpg", "leak: c.jpg a.jpg"])
  }

  /// The first copy is held out too; the second one leaks.
  @Test func aNearLeakIsFoundBehindACopyOnTheSameSide() throws {
    #expect(
      try told([
        ("a.jpg", photo(9), .heldOut, nil), ("b.jpg", photo(9), .heldOut, nil),
        ("c.jpg", photo(9, quality: 45), .heldOut, nil),
        ("d.jpg", photo(9, quality: 45), .training, nil),
      ]) == ["duplicate: b.jpg a.jpg", "leak: c.jpg d.jpg", "near leak: a.jpg d.jpg"])
    #expect(
      try told([
        ("a.jpg", photo(9), .heldOut, nil), ("b.jpg", photo(9), .training, nil),
        ("c.jpg", photo(9, quality: 45), .heldOut, nil),
      ]) == ["leak: a.jpg b.jpg", "near leak: c.jpg b.jpg"])
  }

  @Test func nearlyBlankCopiesAreCopiesAndOnesOfOneColourNot() throws {
    let nearly = MadePhotos.blank(8).jpeg(quality: 95)
    let black = Image(
      width: 96, height: 64, channels: 3,
      samples: .uint8([UInt8](repeating: 0, count: 96 * 64 * 3)))
    let found = try findings([
      ("a.jpg", nearly, .training, nil), ("b.jpg", nearly, .heldOut, nil),
      ("c.jpg", black.jpeg(quality: 95), .training, nil),
      ("d.jpg", black.jpeg(quality: 95), .heldOut, nil),
    ])
    #expect(found.filter { $0.kind == .leak }.map(\.image) == ["b.jpg"])
    #expect(found.count { $0.kind == .blank } == 4 && found.count == 5)
  }

  @Test func aConflictIsFoundBehindACopyWithoutALabel() throws {
    let found = try told([
      ("a.jpg", photo(9), nil, nil), ("b.jpg", photo(9), nil, "cat"),
      ("c.jpg", photo(9), nil, "dog"),
    ])
    #expect(
      found == ["conflict: c.jpg b.jpg", "duplicate: b.jpg a.jpg", "duplicate: c.jpg a.jpg"])
  }

  /// Returns a NumPy file of 24 by 24 numbers.
  private func array(_ numbers: (Int) -> Float) -> [UInt8] {
    let header = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (24, 24), }\n".utf8)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count), 0] + header
      + (0..<576).flatMap { number in
        withUnsafeBytes(of: numbers(number).bitPattern.littleEndian) { Array($0) }
      }
  }

  @Test func numbersAroundAMeanAreNotBlank() throws {
    var random = SplitMix64(seed: 5)
    let found = try findings([
      ("kelvin.npy", array { _ in 293 + Float.random(in: -2...2, using: &random) }, nil, nil),
      ("same.npy", array { _ in 293 }, nil, nil),
      ("nearly.npy", array { 293 + Float($0 % 2) * 293 * Float.ulpOfOne }, nil, nil),
    ])
    #expect(found.filter { $0.kind == .blank }.map(\.image) == ["same.npy", "nearly.npy"])
  }

  /// A file on another scale than the others is reported. A blank file is reported only as blank.
  @Test func numbersOfAnotherScaleAreTold() throws {
    var random = SplitMix64(seed: 6)
    func file(_ name: String, _ range: ClosedRange<Float>) -> Planted {
      (name, array { _ in Float.random(in: range, using: &random) }, nil, nil)
    }
    let found = try findings(
      (0..<5).map { file("\($0).npy", 0...9999) }
        + [file("share.npy", 0...1), file("dim.npy", 0...900), file("large.npy", -2e6...0)]
        + [("blank.npy", array { _ in 0.5 }, nil, nil)])
    let told = found.filter { $0.kind == .scale }
    #expect(told.map(\.image) == ["share.npy", "large.npy"])
    #expect(told.first?.detail.contains("or more") == true)
    #expect(told.last?.detail.contains("at most") == true)
    #expect(found.allSatisfy { !$0.kind.isError })
    #expect(found.filter { $0.kind == .blank }.map(\.image) == ["blank.npy"])
  }

  @Test func pointsBeyondTheEdgesAreTold() throws {
    let found = try findings(
      [("a.jpg", photo(9), nil, nil), ("b.jpg", photo(2), nil, nil)],
      points: ["a.jpg": [SIMD2(0, 0), SIMD2(96, 64)], "b.jpg": [SIMD2(3, -1), SIMD2(97, 2)]])
    #expect(found.map(\.kind) == [.pointOutside, .pointOutside])
    #expect(found.allSatisfy { $0.image == "b.jpg" })
    #expect(found[0].detail == "(3.0, -1.0) is outside 96 by 64")
  }
}
