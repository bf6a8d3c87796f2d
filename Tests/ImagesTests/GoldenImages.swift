import Foundation
import Images
import TestEnvironment

/// An image in `fixtures/images` made by `make_images.py`, with its expected pixels.
struct GoldenImage: Decodable {
  let width: Int
  let height: Int
  let channels: Int
  let type: String
  /// The tolerance, in units of a byte.
  let tolerance: Float
  let remarks: [String]
  let samples: [Float]

  /// All images, by file name.
  static let all: [String: GoldenImage] = {
    let bytes = FileManager.default.contents(atPath: path("golden.json")) ?? Data()
    return (try? JSONDecoder().decode([String: GoldenImage].self, from: bytes)) ?? [:]
  }()

  static func path(_ name: String) -> String { ProjectFolder.fixture("images/" + name) }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  /// Returns the sorted names of all files that satisfy a condition.
  static func files(where isWanted: (String) -> Bool) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path(""))) ?? []
    return names.filter(isWanted).sorted()
  }
}

extension Image {
  /// All samples as numbers; bytes range from 0 to 255.
  var numbers: [Float] {
    switch samples {
    case .uint8(let samples): samples.map { Float($0) }
    case .float32(let samples): samples
    }
  }

  /// Whether the samples are bytes.
  var isOfBytes: Bool {
    if case .uint8 = samples { true } else { false }
  }
}
