import Foundation
import TestEnvironment

/// What a client sends and receives, step by step, in the notation that PROTOCOL.md describes.
struct Transcript: Sendable, CustomStringConvertible {
  enum Step: Sendable {
    case send([UInt8])
    case expect([UInt8])
    case expectEnd
  }

  let description: String
  private(set) var steps: [Step] = []

  init(_ text: some StringProtocol, named name: String) throws {
    description = name
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      if line.hasPrefix(">> ") {
        steps.append(.send(Self.unescaped(line.dropFirst(3))))
      } else if line.hasPrefix("<< ") {
        steps.append(.expect(Self.unescaped(line.dropFirst(3))))
      } else if line.hasPrefix("> ") {
        steps.append(.send(Array(line.dropFirst(2).utf8) + [0x0A]))
      } else if line.hasPrefix("< ") {
        steps.append(.expect(Array(line.dropFirst(2).utf8) + [0x0A]))
      } else if line == "! closed" {
        steps.append(.expectEnd)
      } else {
        throw BadLine(line: String(line))
      }
    }
  }

  struct BadLine: Error { let line: String }

  /// Returns the transcripts in PROTOCOL.md and `fixtures/protocol`.
  static func all() throws -> [Transcript] {
    let document = try String(contentsOfFile: ProjectFolder.path + "/PROTOCOL.md", encoding: .utf8)
    var transcripts: [Transcript] = []
    for block in document.components(separatedBy: "```transcript\n").dropFirst() {
      let text = block.components(separatedBy: "```")[0]
      transcripts.append(try Transcript(text, named: "PROTOCOL.md \(transcripts.count + 1)"))
    }
    let folder = ProjectFolder.fixture("protocol")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
      let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
      transcripts.append(try Transcript(text, named: name))
    }
    return transcripts
  }

  private static func unescaped(_ text: some StringProtocol) -> [UInt8] {
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in text.utf8 {
      if isEscaped {
        bytes.append(byte == UInt8(ascii: "r") ? 0x0D : byte == UInt8(ascii: "n") ? 0x0A : byte)
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }
}
