import Errors
import Foundation
import ImageModels
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// Tests files of stored answers: they are found by any id, and nothing in the file is trusted.
struct ImageScoresTests {
  private let folder: TemporaryFolder
  private let registry = ModelRegistry("unused", forms: [.imageScores])

  init() throws { folder = try TemporaryFolder() }

  private func opened(_ contents: ImageScoresContents) throws -> ImageScores {
    let path = folder.path("scores")
    _ = try contents.write(to: path)
    return try #require(try registry.open(path) as? ImageScores)
  }

  @Test(arguments: [0, 1, 2, 300]) func eachIsFoundByItsID(_ count: Int) throws {
    var random = SplitMix64(seed: UInt64(count))
    var contents = ImageScoresContents(
      .regress(names: ["a", "b"], range: nil), scoredBy: "cells version 3")
    var expected: [String: [Float]] = [:]
    for number in 0..<count {
      let id =
        String(repeating: "é", count: number % 5)
        + "\(Int.random(in: 0...999_999, using: &random))/\(number)"
      let values = (0..<2).map { _ in Float.random(in: -1...1, using: &random) }
      expected[id] = values
      contents.append(ImageAnswer(values: values), for: id)
    }
    #expect(contents.count == count)
    let scores = try opened(contents)
    try scores.verifyContents()
    #expect(scores.count == count && scores.scoredBy == "cells version 3" && scores.people == nil)
    for (id, values) in expected { #expect(scores.answer(for: Array(id.utf8))?.values == values) }
    for id in ["", "0", "zzz", "é", "\u{10FFFF}"] where expected[id] == nil {
      #expect(scores.answer(for: Array(id.utf8)) == nil)
    }
  }

  @Test func anIDThatStandsTwiceIsFound() throws {
    var contents = ImageScoresContents(.classify(classes: ["a"]), scoredBy: "")
    for id in ["x", "y", "x"] { contents.append(ImageAnswer(values: [1]), for: id) }
    #expect(throws: ModelFileError.self) { try opened(contents).verifyContents() }
  }

  /// Writes a file with the given tensors, which may be invalid.
  private func file(
    ids: [UInt8] = Array("ab".utf8), ends: [UInt64] = [1, 2], values: [Float] = [1, 2],
    shape: Shape = [2, 1], task: String = #"{"regress":{"names":["n"]}}"#, format: String = "1"
  ) throws -> String {
    let path = folder.path("file-\(UInt64.random(in: 0 ... .max))")
    _ = try SafetensorsWriter.write(
      [
        OutgoingTensor("id_ends", ends), OutgoingTensor("values", shape, values),
        OutgoingTensor("ids", ids),
      ],
      metadata: [
        "latent.form": "image-scores", "latent.format": format, "latent.image_task": task,
      ], to: path)
    return path
  }

  @Test func whatIsNotAsItShouldBeIsRefused() throws {
    _ = try registry.open(try file())
    for path in [
      try file(shape: [1, 2]), try file(ends: [1, 2, 2]), try file(task: "{}"),
      try file(task: #"{"regress":{"names":[]}}"#), try file(format: "2"), try file(format: "x"),
    ] {
      #expect(throws: ModelFileError.self) { try registry.open(path) }
    }
    for path in [
      try file(ends: [2, 1]), try file(ends: [1, 9]), try file(ends: [0, 2]),
      try file(ends: [1, 1]), try file(ids: Array("ba".utf8)), try file(ids: [0xFF, 0xFE]),
      try file(values: [1, .nan]), try file(ends: [.max, .max]),
    ] {
      let scores = try #require(try registry.open(path) as? ImageScores)
      #expect(throws: ModelFileError.self) { try scores.verifyContents() }
      // Even an unverified lookup must not read out of bounds.
      for id in ["a", "b", "", "zz"] { _ = scores.answer(for: Array(id.utf8)) }
    }
  }
}
