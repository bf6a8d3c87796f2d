import Errors
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// Files with random changes: each gives an error or is intact. A crash ends the run and is visible.
struct SafetensorsFuzzTests {
  static func encodedFile() throws -> [UInt8] {
    try SafetensorsWriter.encode(
      [
        OutgoingTensor("factors", [3, 4], (0..<12).map { Float($0) }),
        OutgoingTensor("ids", [Int64(-1), 2, 3]), OutgoingTensor("bytes", Array("häå".utf8)),
        OutgoingTensor("none", [0, 9], [UInt32]()),
      ], metadata: ["latent.format": "1", "name": "a \"b\""])
  }

  @Test func alteredFilesGiveAnErrorOrAWholeFile() throws {
    let original = try Self.encodedFile()
    let marks = Array(#"{}[]",:0123456789\u "#.utf8) + [0, 0x7F, 0x80, 0xFF]
    var random = SplitMix64(seed: 12)
    var opened = 0
    let count = fuzzCount(30_000)
    for _ in 0..<count {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        // Most changes are in the header, where the structure is.
        let end = Bool.random(using: &random) ? bytes.count : min(bytes.count, 330)
        let position = Int.random(in: 0..<max(1, end), using: &random)
        guard position < bytes.count else { continue }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[position] = marks.randomElement(using: &random) ?? 0
        case 1: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.remove(at: position)
        case 3: bytes.insert(marks.randomElement(using: &random) ?? 0, at: position)
        case 4: bytes.removeSubrange(position...)
        default:
          let length = Int.random(in: 0..<40, using: &random)
          let from = Int.random(in: 0..<bytes.count, using: &random)
          bytes.insert(contentsOf: bytes[from..<min(bytes.count, from + length)], at: position)
        }
      }
      do throws(ModelFileError) {
        let file = try SafetensorsFile(MappedFile(copying: bytes, named: "altered"))
        opened += 1
        var covered = 0
        for name in file.tensorNames {
          guard let tensor = file.tensor(named: name) else { continue }
          covered += tensor.shape.byteCount(of: tensor.elementType) ?? 0
          _ = try? tensor.bytesInPlace()
        }
        let header = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        #expect(covered + 8 + Int(header) == bytes.count)
      } catch {
        #expect(error.place == "altered")
      }
    }
    #expect(opened > count / 100, "most alterations should not be so coarse that nothing opens")
  }
}
