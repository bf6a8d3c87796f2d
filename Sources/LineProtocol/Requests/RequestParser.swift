import Foundation
package import NIOCore

/// Finds requests in a stream of bytes, however it is split: a state machine that consumes what has arrived and returns
/// what it amounts to.
///
/// The first byte of a request determines its form: `*` starts an array, anything else a line. Empty lines and empty
/// arrays are skipped. Each byte is examined a bounded number of times, so a client that sends byte by byte costs no
/// more than another. Long requests are taken out of the input as they arrive, so that no step copies more than has
/// arrived since the last.
package struct RequestParser: Sendable {
  /// The result of parsing the bytes so far.
  package enum Outcome: Equatable, Sendable {
    /// ``RequestParser/request`` holds the next request.
    case request
    /// Empty lines and arrays were skipped, and there may be more of them: they are not requests, but take time.
    case blank
    /// The next request is incomplete.
    case incomplete
    /// The next request can't be parsed. `request.form` is its form, as far as it was received.
    case failure(RequestFailure)
  }

  private enum State {
    case start
    /// Within a line of at most `limit` bytes.
    case line(LineStart, limit: Int)
    /// Within an array that lacks `missing` arguments and has consumed `used` bytes.
    case array(missing: Int, used: Int)
    /// Within a bulk string of an array; `left` bytes of it and the line end are missing.
    case bulk(left: Int, missing: Int, used: Int)
  }

  /// How far an unfinished line was parsed.
  private struct LineStart {
    /// The number of bytes consumed.
    var used = 0
    /// Whether the last of these belong to an argument that may continue.
    var isInArgument = false
    /// The number of bytes after these that contain no line feed.
    var scanned = 0
  }

  /// Lines up to this length may be of any command.
  private static let shortLineByteCount = 64

  /// Bulk strings up to this length are consumed whole.
  private static let shortBulkByteCount = 16_384

  /// The maximum number of empty lines and arrays skipped at once.
  private static let blankLimit = 256

  /// The latest request; complete after ``Outcome/request``.
  package private(set) var request = Request()
  private let usualLimits: RequestLimits
  private let limitsBeforeLogin: RequestLimits
  private let commands: CommandTable
  private var state = State.start
  /// Whether the client has not logged in, and is given little memory.
  package var isBeforeLogin = false
  /// Whether any model can be asked with data; if not, requests of commands that take data have the usual limit.
  package var takesData = true

  /// Creates a parser at the start of a stream of requests for `commands`. A line that begins with one of them is not
  /// an HTTP request, whatever it ends with.
  package init(limits: RequestLimits = RequestLimits(), commands: CommandTable = CommandTable()) {
    usualLimits = limits
    limitsBeforeLogin = limits.beforeLogin
    self.commands = commands
  }

  private var limits: RequestLimits { isBeforeLogin ? limitsBeforeLogin : usualLimits }

  /// Returns whether the bytes so far end within a request. White space alone is not one.
  package func isInsideRequest(with input: ByteBuffer) -> Bool {
    hasTakenPart || !input.readableBytesView.allSatisfy(\.isSpace)
  }

  /// The maximum size in bytes of the request being received.
  package var byteLimit: Int {
    switch state {
    case .start: limits.requestBytes
    case .line(_, let limit): limit
    case .array, .bulk: byteLimit(ofCommand: request.count > 0 ? request[0] : [])
    }
  }

  /// Returns the maximum size in bytes of a request of the command called `name`.
  private func byteLimit(ofCommand name: ArraySlice<UInt8>) -> Int {
    guard takesData, let position = commands.find(name), commands.all[position].takesData else {
      return limits.requestBytes
    }
    return limits.dataBytes
  }

  /// Releases the memory of a long request that was answered.
  package mutating func releaseRequest() {
    if !hasTakenPart { request.reset(to: request.form) }
  }

  /// Whether ``request`` holds a part of an incomplete request.
  package var hasTakenPart: Bool {
    switch state {
    case .start: false
    case .line(let start, _): start.used > 0
    case .array, .bulk: true
    }
  }

  /// Parses the next request from `input` and consumes its bytes. Call it until it returns ``Outcome/incomplete``, and
  /// not again after a failure that loses framing.
  package mutating func next(from input: inout ByteBuffer) -> Outcome {
    input.readWithUnsafeReadableBytes { bytes in
      var consumed = 0
      for _ in 0..<Self.blankLimit {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[consumed...])
        let (used, outcome) = step(rest)
        consumed += used
        if let outcome { return (consumed, outcome) }
      }
      return (consumed, .blank)
    }
  }

  /// Parses from the start of `bytes`; returns how many were consumed, and an outcome, or `nil` if an empty request was
  /// skipped.
  private mutating func step(_ bytes: UnsafeRawBufferPointer) -> (used: Int, outcome: Outcome?) {
    switch state {
    case .start:
      guard let first = bytes.first else { return (0, .incomplete) }
      guard first == .arrayMarker else {
        request.reset(to: .line)
        return readLine(bytes, LineStart())
      }
      request.reset(to: .array)
      return startArray(bytes)
    case .line(let start, _):
      return readLine(bytes, start)
    case .array(let missing, let used):
      return readArguments(bytes, missing: missing, used: used)
    case .bulk(let left, let missing, let used):
      return readBulk(bytes, left: left, missing: missing, used: used)
    }
  }
}

// MARK: - Lines

extension RequestParser {
  private mutating func readLine(
    _ bytes: UnsafeRawBufferPointer, _ begun: LineStart
  ) -> (used: Int, outcome: Outcome?) {
    let end = bytes.firstLineFeed(from: begun.scanned)
    let limit = begun.used > 0 ? limits.dataBytes : byteLimit(ofLine: bytes)
    guard begun.used + (end ?? bytes.count) <= limit else {
      return (0, .failure(.tooLong(limit: limit)))
    }
    guard let end else { return take(bytes, begun, limit) }
    state = .start
    let line = UnsafeRawBufferPointer(rebasing: bytes[..<end])
    // A line of which a part was consumed begins with a command.
    guard begun.used > 0 || !HTTPRequest.isBegun(by: line, besides: commands) else {
      return (0, .failure(.http))
    }
    let isBalanced = request.appendArguments(
      ofLine: line, goingOn: begun.isInArgument, limit: limits.argumentCount)
    let used = end + 1
    guard isBalanced else { return (used, .failure(.unbalancedQuotes)) }
    guard request.count <= limits.argumentCount else {
      return (used, .failure(.tooManyArguments(limit: limits.argumentCount)))
    }
    return (used, request.count == 0 ? nil : .request)
  }

  /// Consumes the received part of a line that may be long, up to the first quote. After that, no more may follow than
  /// a short line may have.
  private mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ begun: LineStart, _ limit: Int
  ) -> (used: Int, outcome: Outcome?) {
    var line = begun
    var taken = 0
    if limit > limits.requestBytes, bytes.count > Self.shortLineByteCount {
      taken = request.appendPlainArguments(
        ofLine: bytes, isInArgument: &line.isInArgument, limit: limits.argumentCount)
      line.used += taken
      guard request.count <= limits.argumentCount else {
        return (taken, .failure(.tooManyArguments(limit: limits.argumentCount)))
      }
      guard bytes.count - taken <= limits.requestBytes else {
        return (taken, .failure(.tooLong(limit: limits.requestBytes)))
      }
    }
    line.scanned = bytes.count - taken
    state = .line(line, limit: limit)
    return (taken, .incomplete)
  }
}

extension RequestParser {
  /// Returns the maximum size in bytes of the line that begins with `bytes`, which depends on its first word.
  private func byteLimit(ofLine bytes: UnsafeRawBufferPointer) -> Int {
    // Short lines, the usual case, need no check.
    guard bytes.count > Self.shortLineByteCount else { return limits.requestBytes }
    return byteLimit(ofCommand: Array(bytes.prefix(64).prefix { !$0.isSpace })[...])
  }
}

extension UnsafeRawBufferPointer {
  /// Returns the position of the first line feed from `start` on; `nil` if there is none.
  fileprivate func firstLineFeed(from start: Int) -> Int? {
    guard start < count, let base = baseAddress,
      let found = memchr(base + start, CInt(UInt8.lineFeed), count - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }
}

// MARK: - Arrays

extension RequestParser {
  private mutating func startArray(
    _ bytes: UnsafeRawBufferPointer
  ) -> (used: Int, outcome: Outcome?) {
    switch readHeader(bytes) {
    case .incomplete:
      return (0, .incomplete)
    case .malformed:
      return (0, .failure(.malformed("the array's length is not a number")))
    case .length(let count, let used):
      guard count > 0 else { return (used, nil) }
      guard count <= limits.argumentCount else {
        return (0, .failure(.tooManyArguments(limit: limits.argumentCount)))
      }
      let (taken, outcome) = readArguments(
        UnsafeRawBufferPointer(rebasing: bytes[used...]), missing: count, used: used)
      return (used + taken, outcome)
    }
  }

  private mutating func readArguments(
    _ bytes: UnsafeRawBufferPointer, missing: Int, used: Int
  ) -> (used: Int, outcome: Outcome?) {
    var missing = missing
    var position = 0
    var limit = byteLimit(ofCommand: request.count > 0 ? request[0] : [])
    while missing > 0 {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
      guard let marker = rest.first else { break }
      guard marker == .bulkMarker else {
        return (
          position, .failure(.malformed("an array must hold bulk strings, which start with '$'"))
        )
      }
      let length: Int
      let header: Int
      switch readHeader(rest) {
      case .length(let number, let used): (length, header) = (number, used)
      case .incomplete:
        state = .array(missing: missing, used: used + position)
        return (position, .incomplete)
      case .malformed:
        return (position, .failure(.malformed("the bulk string's length is not a number")))
      }
      guard length >= 0 else {
        return (position, .failure(.malformed("a bulk string's length is negative")))
      }
      guard length <= limit, used + position + header + length + 2 <= limit else {
        return (position, .failure(.tooLong(limit: limit)))
      }
      guard rest.count >= header + length + 2 else {
        guard length > Self.shortBulkByteCount else { break }
        let start = position + header
        let (taken, outcome) = readBulk(
          UnsafeRawBufferPointer(rebasing: bytes[start...]), left: length, missing: missing,
          used: used + start)
        return (start + taken, outcome)
      }
      guard rest[header + length] == .carriageReturn, rest[header + length + 1] == .lineFeed else {
        return (position, .failure(.malformed("a bulk string does not have its declared length")))
      }
      request.appendArgument(UnsafeRawBufferPointer(rebasing: rest[header..<(header + length)]))
      position += header + length + 2
      missing -= 1
      if request.count == 1 { limit = byteLimit(ofCommand: request[0]) }
    }
    if missing == 0 {
      state = .start
      return (position, .request)
    }
    state = .array(missing: missing, used: used + position)
    return (position, .incomplete)
  }

  /// Consumes the received part of a long bulk string, and continues with what follows it.
  private mutating func readBulk(
    _ bytes: UnsafeRawBufferPointer, left: Int, missing: Int, used: Int
  ) -> (used: Int, outcome: Outcome?) {
    let taken = min(left, bytes.count)
    request.append(UnsafeRawBufferPointer(rebasing: bytes[..<taken]), expecting: left - taken)
    guard taken == left, bytes.count >= taken + 2 else {
      state = .bulk(left: left - taken, missing: missing, used: used + taken)
      return (taken, .incomplete)
    }
    guard bytes[taken] == .carriageReturn, bytes[taken + 1] == .lineFeed else {
      return (taken, .failure(.malformed("a bulk string does not have its declared length")))
    }
    request.endArgument()
    let start = taken + 2
    let (rest, outcome) = readArguments(
      UnsafeRawBufferPointer(rebasing: bytes[start...]), missing: missing - 1, used: used + start)
    return (start + rest, outcome)
  }

  private enum Header {
    case length(Int, used: Int)
    case incomplete
    case malformed
  }

  /// Parses a marker, which is ignored, a number and a line end. More than 18 digits are malformed, so that the number
  /// fits.
  private func readHeader(_ bytes: UnsafeRawBufferPointer) -> Header {
    var position = 1
    var isNegative = false
    if position < bytes.count, bytes[position] == UInt8(ascii: "-") {
      isNegative = true
      position += 1
    }
    let firstDigit = position
    var value = 0
    while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10
    {
      guard position - firstDigit < 18 else { return .malformed }
      value = value * 10 + Int(digit)
      position += 1
    }
    guard position < bytes.count else { return .incomplete }
    guard bytes[position] == .carriageReturn, position > firstDigit else { return .malformed }
    guard position + 1 < bytes.count else { return .incomplete }
    guard bytes[position + 1] == .lineFeed else { return .malformed }
    return .length(isNegative ? -value : value, used: position + 2)
  }
}

extension UInt8 {
  fileprivate static let arrayMarker = UInt8(ascii: "*")
  fileprivate static let bulkMarker = UInt8(ascii: "$")
}
