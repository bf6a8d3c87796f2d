import ArgumentParser
import Errors
import Foundation
import ImageData
import Images

extension ImagesCommand {
  /// `latent images check`
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Finds what is wrong with images before anything is trained on them.",
      discussion: """
        Every file beneath the folder that is called as images are, or is one by its first bytes, is decoded. Told \
        are: files that are broken, truncated, empty, no image, of a kind that is not read, or giant; names that \
        say another format; blank images; sizes and channels unlike the others'; files of the same pixels, and \
        such as look alike (by a perceptual hash and a thumbnail), across the split as well: leaks, which let \
        a model seem better than it is. The split is that of the options, else of folders called train, valid \
        and test. With --labels, files that a table names and are not there, and the other way round.

        Exit code 1 says that something stops a training or leaks, 0 that nothing does; what else is told need \
        not be wrong.
        """)

    @OptionGroup var data: ImageDataOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let walk = try FolderWalk(data.folder)
      let table = try CheckedTable(data, walk)
      let check = ImageCheck(
        root: data.folder, files: table.files, known: table.known, decoder: data.limits.decoder,
        threadCount: threads.count)
      let meter = ImageMeter("checked", of: table.files.count)
      let report = check.run { meter.show($0) }
      meter.clear()
      let findings = table.findings + report.findings

      var answer = ResultTable([
        "problem", .init("image", fit: .wrapped), .init("other", heading: "like", fit: .wrapped),
        .init("detail", fit: .wrapped),
      ])
      for finding in findings {
        answer.append([
          .text(finding.kind.rawValue), .text(finding.image), .optional(finding.other),
          .text(finding.detail),
        ])
      }
      if !findings.isEmpty || output.format != .table { try answer.write(as: output.format) }
      StandardError.write(Self.summary(report, findings, meter.seconds))
      if report.hasErrors || findings.contains(where: \.kind.isError) { throw ExitCode.failure }
    }

    /// How many images there are, and how many findings of each kind.
    private static func summary(
      _ report: ImageCheckReport, _ findings: [ImageFinding], _ seconds: Double
    ) -> String {
      let formats = report.formats.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      let counts = Dictionary(findings.map { ($0.kind, 1) }, uniquingKeysWith: +)
      let kinds = ImageFinding.Kind.allCases.compactMap { kind in
        counts[kind].map { "\(kind.rawValue) \($0)" }
      }
      return "\(report.decodedCount) of \(report.fileCount) files are images that can be read"
        + (formats.isEmpty ? "" : " (\(formats))") + ", "
        + (kinds.isEmpty ? "nothing else to say" : kinds.joined(separator: ", "))
        + "; \(String(format: "%.1f", seconds)) s\n"
    }
  }
}

/// What a table, or folders called as parts are, say of the files of a folder.
private struct CheckedTable {
  /// All files to look at, relative to the folder.
  let files: [String]
  let known: [String: ImageCheck.Known]
  /// What is wrong with the table itself.
  let findings: [ImageFinding]

  init(_ data: ImageDataOptions, _ walk: FolderWalk) throws {
    guard data.labels != nil || walk.files.contains(where: { ImageFormat.named($0) != nil }) else {
      files = walk.files
      known = [:]
      findings = []
      return
    }
    var findings: [ImageFinding] = []
    let items = try ImageItems(data.source, checksFiles: false)
    let names = Set(items.names)
    let walked = Set(walk.files)
    let missing = Set(items.missing)
    files = walk.files + items.names.filter { !walked.contains($0) && !missing.contains($0) }
    if data.labels != nil {
      findings += items.names.filter(missing.contains).map {
        ImageFinding(kind: .missing, image: $0, detail: "stands in \(items.place)")
      }
      if items.bandCount == 1 {
        findings += walk.files.filter { !names.contains($0) && ImageFormat.named($0) != nil }.map {
          ImageFinding(
            kind: .unlabelled, image: $0, detail: "no row of \(items.place) names it")
        }
      }
    }
    // What nobody asked for is left out where it can't be had: folders need be neither classes nor parts.
    func made(_ block: ImageDataBlock, isAsked: Bool) -> ImageDataSet? {
      do throws(ImageDataError) { return try block.dataSet(of: items) } catch {
        if isAsked {
          findings.append(
            ImageFinding(
              kind: .labels, image: "\(error.place)", detail: "\(error.problem). \(error.remedy)"))
        }
        return nil
      }
    }
    let block = try data.block(defaultSplitter: .folder(heldOut: nil))
    var ofSplit = block
    ofSplit.labels = .none
    var ofLabels = block
    ofLabels.splitter = .none
    let split = made(ofSplit, isAsked: try data.givenSplitter != nil)?.split
    var targets = made(ofLabels, isAsked: data.givenLabels != nil)?.targets
    if data.givenLabels == nil, targets?.areParts == true { targets = nil }
    var known: [String: ImageCheck.Known] = [:]
    for (item, name) in items.names.enumerated() {
      known[name] = ImageCheck.Known(label: targets.flatMap { $0 == .none ? nil : $0.words(item) })
    }
    for (side, numbers) in [
      (ImageCheck.Side.training, split?.training), (.heldOut, split?.heldOut),
      (.unused, split?.unused),
    ] {
      for item in numbers ?? [] { known[items.names[item]]?.side = side }
    }
    self.known = known
    self.findings = findings
  }
}
