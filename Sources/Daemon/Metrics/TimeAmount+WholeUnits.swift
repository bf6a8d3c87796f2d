import NIOCore

/// Times as Redis writes them: whole numbers, rounded down.
extension TimeAmount {
  var wholeSeconds: Int64 { nanoseconds / 1_000_000_000 }
  var wholeMilliseconds: Int64 { nanoseconds / 1_000_000 }
  var wholeMicroseconds: Int64 { nanoseconds / 1000 }
}
