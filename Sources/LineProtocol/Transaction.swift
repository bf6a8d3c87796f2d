/// Requests answered in order by one list: those that a client has queued since MULTI, for EXEC, or those that one
/// request stands for.
///
/// They are contiguous in memory, since clients put pipelines of many small commands between MULTI and EXEC.
package struct Transaction: Sendable {
  /// The bytes of all arguments, one after the other.
  private var bytes: [UInt8] = []
  /// The end of each argument in `bytes`.
  private var argumentEnds: [UInt32] = []
  /// The end of each request's arguments in `argumentEnds`.
  private var requestEnds: [UInt32] = []
  private var taken = 0
  private let byteLimit: Int

  /// Whether a command was refused since MULTI, so that EXEC must answer none.
  package private(set) var isAborted = false

  /// Creates an empty transaction of at most `byteLimit` bytes of memory, fewer than 2^31.
  package init(byteLimit: Int) { self.byteLimit = min(byteLimit, Int(Int32.max)) }

  /// Creates a request of `command` for each of `subjects`, followed by the same `options`. Throws if they take more
  /// than `byteLimit` bytes of memory.
  package init(
    _ command: String, forEach subjects: some Sequence<ArraySlice<UInt8>>,
    _ options: [ArraySlice<UInt8>], byteLimit: Int = RequestLimits().transactionBytes
  ) throws(ErrorReply) {
    self.init(byteLimit: byteLimit)
    var request = Request()
    for subject in subjects {
      request.reset(to: .array)
      for argument in [Array(command.utf8)[...], subject] + options {
        argument.withUnsafeBytes { request.appendArgument($0) }
      }
      do throws(ErrorReply) { try append(request) } catch {
        throw ErrorReply(
          .requestTooLong, "the requests that it expands to take more than \(self.byteLimit) bytes",
          remedy: "Ask for fewer at a time, or with shorter options.")
      }
    }
  }

  /// The number of requests queued, taken or not.
  package var count: Int { requestEnds.count }

  /// The memory of the queued requests, in bytes.
  package var byteCount: Int {
    bytes.capacity + (argumentEnds.capacity + requestEnds.capacity) * MemoryLayout<UInt32>.stride
  }

  /// Queues another request; throws if that would take more memory than allowed.
  package mutating func append(_ request: Request) throws(ErrorReply) {
    let used =
      bytes.count + request.bytes.count
      + (argumentEnds.count + request.count + requestEnds.count + 1) * MemoryLayout<UInt32>.stride
    guard used <= byteLimit else {
      throw ErrorReply(
        .requestTooLong, "the commands since MULTI take more than \(byteLimit) bytes",
        remedy: "Send DISCARD, and EXEC after fewer commands.")
    }
    let start = UInt32(bytes.count)
    bytes += request.bytes
    for end in request.ends { argumentEnds.append(start + UInt32(end)) }
    requestEnds.append(UInt32(argumentEnds.count))
  }

  /// Makes EXEC answer none of the requests, and forgets them.
  package mutating func abort() {
    self = Transaction(byteLimit: byteLimit)
    isAborted = true
  }

  /// Reads the next request into `request`, in the form in which EXEC was written and is answered; returns false if all
  /// were taken. O(request).
  package mutating func takeNext(into request: inout Request, as form: Request.Form) -> Bool {
    guard taken < requestEnds.count else { return false }
    let first = taken == 0 ? 0 : Int(requestEnds[taken - 1])
    let last = Int(requestEnds[taken])
    request.reset(to: form)
    var start = first == 0 ? 0 : Int(argumentEnds[first - 1])
    bytes.withUnsafeBytes { bytes in
      for argument in first..<last {
        let end = Int(argumentEnds[argument])
        request.appendArgument(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        start = end
      }
    }
    taken += 1
    return true
  }
}
