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
        Every file beneath the folder that is named like an image, or is one by its first bytes, is decoded; hidden \
        ones are left out. Reported are: files that are broken, truncated, empty, no image, of a kind that is not \
        read, or giant; names with the extension of another format; images that training leaves out for their \
        names; blank images; sizes, channels and ranges of numbers unlike the others'; points outside of their images; files of the \
        same pixels, and such as look alike (by a perceptual hash and a thumbnail), across the split as well: \
        leaks, which let a model seem better than it is. The split is that of the options, else of folders called \
        train, valid and test, else the random one that a training makes. With --labels, files that a table names \
        and are not there, and the other way round.

        Exit code 1 says that something stops a training or leaks, 0 that nothing does; what else is reported need \
        not be wrong.
        """)

    @OptionGroup var data: ImageDataOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
      let files = try CheckedFiles(
        data.block(),
        FolderWalk(data.folder), isSplitGiven: data.givenSplitter != nil,
        areLabelsGiven: data.givenLabels != nil || data.noneOfThese)
      let check = ImageCheck(
        files.images, decoder: data.limits.decoder, threadCount: threads.count)
      let meter = ImageMeter("checked", of: files.images.count)
      let report = check.run { meter.show($0) }
      meter.clear()
      let findings = files.findings + report.findings

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

    /// What a training asks for where samples lie so.
    private static func remedy(_ range: ClosedRange<Float>) -> String {
      SampleStatistics.unit.contains(range.lowerBound)
        && SampleStatistics.unit.contains(range.upperBound)
        ? "" : ", which are trained on with --lighting 0"
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
        + (report.sampleRange.map {
          "; samples of more than 8 bits from \($0.words)\(Self.remedy($0))"
        } ?? "")
        + (report.partlyComparedCount == 0
          ? ""
          : "; \(report.partlyComparedCount) look like so many that they were compared with some alone")
        + "; \(String(format: "%.1f", seconds)) s\n"
    }
  }
}
