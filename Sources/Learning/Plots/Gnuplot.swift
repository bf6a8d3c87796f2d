import Errors
import Foundation

/// Draws plots into files by the program gnuplot.
package enum Gnuplot {
  /// The kinds of picture, by the ends of their files' names.
  private static let terminals = ["png": "pngcairo", "svg": "svg"]

  /// Draws `plots` one below the other into the file at `path`, PNG or SVG by its suffix. What stands
  /// there is replaced when the picture is complete.
  ///
  /// Throws ``PlotError``: `unknownFormat`, `missingProgram`, or `failed` with gnuplot's own words.
  package static func draw(_ plots: [Plot], to path: String) throws(PlotError) {
    let terminal = try terminal(of: path)
    let program = try program()
    let partialPath = "\(path).partial-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: partialPath) }
    guard FileManager.default.createFile(atPath: partialPath, contents: nil),
      let output = FileHandle(forWritingAtPath: partialPath)
    else { throw unwritable(path) }
    try run(program, GnuplotScript(plots, terminal: terminal), output: output, place: path)
    guard rename(partialPath, path) == 0 else { throw unwritable(path) }
  }

  /// Holds that a picture could be drawn to `path`: for a check before long work.
  ///
  /// Throws ``PlotError`` `unknownFormat`, `missingProgram`, or `failed` for a folder that is not there or
  /// may not be written to.
  package static func check(_ path: String) throws(PlotError) {
    _ = try terminal(of: path)
    _ = try program()
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.isWritableFile(atPath: folder) else { throw unwritable(path) }
  }

  /// Holds that the name `path` ends in what can be drawn.
  ///
  /// Throws ``PlotError`` `unknownFormat`.
  package static func checkName(of path: String) throws(PlotError) { _ = try terminal(of: path) }

  private static func terminal(of path: String) throws(PlotError) -> String {
    let suffix = URL(fileURLWithPath: path).pathExtension.lowercased()
    guard let terminal = terminals[suffix] else {
      throw PlotError(
        .unknownFormat, "the name ends neither in .png nor in .svg", place: path,
        remedy: "Name the file so, or give - to draw in the terminal.")
    }
    return terminal
  }

  /// Where gnuplot is.
  private static func program() throws(PlotError) -> String {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    for folder in folders {
      let path = "\(folder)/gnuplot"
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw PlotError(
      .missingProgram, "pictures are drawn by gnuplot, which is not installed", place: "gnuplot",
      remedy: "Install it (`apt install gnuplot-nox`), or draw in the terminal with -.")
  }

  private static func run(
    _ program: String, _ script: GnuplotScript, output: FileHandle, place: String
  ) throws(PlotError) {
    func failed(_ problem: String) -> PlotError {
      PlotError(
        .failed, problem, place: place, remedy: "Try another file, or the terminal with -.")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["-d", "-"]
    let input = Pipe()
    let errors = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    do { try process.run() } catch { throw failed("gnuplot did not start: \(error)") }
    // On a thread of its own: else gnuplot, waiting to be read from, could hold up what it reads.
    Thread.detachNewThread {
      try? input.fileHandleForWriting.write(contentsOf: Data(script.text.utf8))
      try? input.fileHandleForWriting.close()
    }
    let words = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw failed("gnuplot failed: \(String(decoding: words, as: UTF8.self))")
    }
  }

  private static func unwritable(_ path: String) -> PlotError {
    PlotError(
      .failed, "the picture can't be written", place: path,
      remedy: "Name a file in a folder that is there and may be written to.")
  }
}
