import Daemon
import Foundation
import NIOCore
import Testing

extension Conversation {
  /// The answer to `request`, which ends as it would on the wire.
  mutating func answer(_ request: String) -> String {
    var input = ByteBuffer(string: request)
    var output = ByteBuffer()
    _ = answer(&input, into: &output)
    return String(buffer: output)
  }

  /// Answers in a turn that no clock ends.
  mutating func answer(_ input: inout ByteBuffer, into output: inout ByteBuffer) -> Pause {
    var turn = Turn(clock: LoopClock { .uptimeNanoseconds(0) })
    return answer(&input, into: &output, within: &turn)
  }

  /// What INFO says that was counted.
  mutating func counts() throws -> [String: Int] {
    let object = try JSONSerialization.jsonObject(with: Data(answer("INFO stats\n").utf8))
    return try #require((object as? [String: [String: Int]])?["stats"])
  }
}
