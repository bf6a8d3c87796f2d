import Daemon
import Foundation
import NIOCore
import Testing

extension Conversation {
  /// Returns the answer to `request`, terminated as on the wire.
  mutating func answer(_ request: String) -> String {
    var input = ByteBuffer(string: request)
    var output = ByteBuffer()
    _ = answer(&input, into: &output)
    return String(buffer: output)
  }

  /// Answers in a turn without a time limit.
  mutating func answer(_ input: inout ByteBuffer, into output: inout ByteBuffer) -> Pause {
    var turn = Turn(clock: LoopClock { .uptimeNanoseconds(0) })
    return answer(&input, into: &output, within: &turn)
  }

  /// Returns the counts in INFO.
  mutating func counts() throws -> [String: Int] {
    let object = try JSONSerialization.jsonObject(with: Data(answer("INFO stats\n").utf8))
    return try #require((object as? [String: [String: Int]])?["stats"])
  }
}
