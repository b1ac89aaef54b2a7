"""Three of nbgrader's steps, made forgiving where students are clumsy and strict where they are clever."""

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import DeduplicateIds, Execute, OverwriteCells
from nbgrader.utils import is_grade


class TidyDeduplicateIds(DeduplicateIds):
    """Of cells with the same id (a split or copied cell) only the last stays nbgrader's.

    nbgrader leaves empty metadata on the others, which then fails the whole submission (its issue 1083).
    """

    def preprocess_cell(self, cell, resources, cell_index):
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if not cell.metadata.get("nbgrader", True):
            del cell.metadata["nbgrader"]
        return cell, resources


class FaithfulOverwriteCells(OverwriteCells):
    """Put locked cells back as they were handed out, whatever else was deleted around them."""

    def preprocess_cell(self, cell, resources, cell_index):
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        # A cell the assignment does not know (another version's, or a made-up id) is the student's own.
        if "grade_id" not in cell.metadata.get("nbgrader", {"grade_id": None}):
            del cell.metadata["nbgrader"]
        return cell, resources

    def add_missing_grade_cells(self, nb, resources):
        """Put each missing check back behind its answer, or at the end if the answer is gone too.

        nbgrader's own version stops when the cell in front is missing as well.
        """
        assignment = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        sources = {cell.name: cell for cell in assignment.source_cells}
        for check in assignment.grade_cells:
            ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells]
            if check.name in ids:
                continue
            self.log.warning("The check %s is missing and comes back", check.name)
            restored = self.missing_cell_transform(sources[check.name], check.max_score)
            answer = f"{check.name}-answer"
            nb.cells.insert(ids.index(answer) + 1 if answer in ids else len(nb.cells), restored)
        return nb, resources


class KeepEarnedExecute(Execute):
    """Run a submission; what comes after a dead or hanging kernel fails, what came before counts."""

    def preprocess(self, nb, resources, *args, **kwargs):
        self.stopped = ""
        return super().preprocess(nb, resources, *args, **kwargs)

    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type != "code":
            return cell, resources
        if not self.stopped:
            try:
                cell, resources = super().preprocess_cell(cell, resources, index)
            except DeadKernelError:
                self.stopped = "An answer ended the kernel; nothing after it was run."
            except CellTimeoutError:
                self.stopped = (
                    "An answer ran too long and could not be interrupted; nothing after it was run."
                )
        if self.stopped:
            cell.outputs.append(
                new_output("error", ename="NotRun", evalue=self.stopped, traceback=[self.stopped])
            )
        if is_grade(cell):
            # nbgrader reads a cell's value as a partial score; our checks have none, so it would be forged.
            cell.outputs = [output for output in cell.outputs if output.output_type != "execute_result"]
        return cell, resources
