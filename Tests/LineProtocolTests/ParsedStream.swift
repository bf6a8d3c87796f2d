import LineProtocol
import NIOCore

/// The result of parsing a stream: requests and failures in order, and what is left.
struct ParsedStream: Equatable {
  enum Event: Equatable {
    case request(Request.Form, [[UInt8]])
    case failure(ErrorReply.Code)
  }

  var events: [Event] = []
  /// Whether a failure ended the stream.
  var isCut = false

  /// Feeds `bytes` in pieces of the given sizes; the last size is repeated.
  init(_ bytes: [UInt8], pieces: [Int] = [Int.max], limits: RequestLimits = RequestLimits()) {
    var parser = RequestParser(limits: limits, commands: TestCommands.table)
    var input = ByteBuffer()
    var position = 0
    var piece = 0
    while position < bytes.count, !isCut {
      let end = min(bytes.count, position.addingReportingOverflow(pieces[piece]).partialValue)
      let next = pieces[piece] == .max ? bytes.count : end
      input.writeBytes(bytes[position..<next])
      position = next
      piece = min(piece + 1, pieces.count - 1)
      take(from: &parser, &input)
    }
  }

  init(_ text: String, pieces: [Int] = [Int.max], limits: RequestLimits = RequestLimits()) {
    self.init(Array(text.utf8), pieces: pieces, limits: limits)
  }

  private mutating func take(from parser: inout RequestParser, _ input: inout ByteBuffer) {
    while true {
      switch parser.next(from: &input) {
      case .incomplete: return
      case .blank: continue
      case .request:
        let request = parser.request
        events.append(.request(request.form, (0..<request.count).map { Array(request[$0]) }))
      case .failure(let failure):
        events.append(.failure(failure.error.code))
        isCut = failure.losesFraming
        if isCut { return }
      }
    }
  }
}

extension ParsedStream.Event {
  static func line(_ arguments: String...) -> Self {
    .request(.line, arguments.map { Array($0.utf8) })
  }
  static func array(_ arguments: String...) -> Self {
    .request(.array, arguments.map { Array($0.utf8) })
  }
}

/// Returns the arguments as a RESP array.
func encodedArray(_ arguments: [[UInt8]]) -> [UInt8] {
  var bytes = Array("*\(arguments.count)\r\n".utf8)
  for argument in arguments {
    bytes += Array("$\(argument.count)\r\n".utf8) + argument + Array("\r\n".utf8)
  }
  return bytes
}
