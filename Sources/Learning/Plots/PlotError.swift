package import Errors

/// Why a picture was not drawn.
package typealias PlotError = ExplainedError<PlotErrorCode>

/// The kinds of failure of a ``PlotError``.
package enum PlotErrorCode: String, ErrorCode {
  /// The file's name ends in nothing that can be drawn.
  case unknownFormat
  /// gnuplot is not installed.
  case missingProgram
  /// gnuplot failed, or the file can't be written.
  case failed
}
