# The course in JupyterLab. Build and start it in the repository's folder:
#   docker build --tag machine-learning .
#   docker run --rm --interactive --tty --publish 127.0.0.1:8888:8888 \
#       --volume machine-learning:/opt/machine-learning/work machine-learning
# Without 127.0.0.1 before it, Docker opens a published port to everybody, past the machine's firewall.
# The volume keeps the learner's own copies, in work/, through restarts and new images.
# The same image serves a hub (classroom/hub.md) and grading in a container (classroom/container.md).
FROM python:3.11-slim-bookworm

# git for nbgitpuller, libgomp for lightgbm; Debian's stable release only mends them.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home learner \
    && install --directory --owner learner /opt/machine-learning

# Outside of the home folder, over which a hub lays the learner's own disk.
WORKDIR /opt/machine-learning
USER 1000
COPY --chown=1000 . .
ENV PATH=/opt/machine-learning/.venv/bin:$PATH PIP_NO_CACHE_DIR=1

# The hub's version must be that of the hub: docker build --build-arg JUPYTERHUB=5.5.1
ARG JUPYTERHUB=5.5.0
# Any command of course.py makes the environment first, exactly that of requirements.txt; a hub needs two packages more.
RUN python course.py test --version \
    && pip install --constraint requirements.txt "jupyterhub==$JUPYTERHUB" nbgitpuller==1.3.0 \
    && mkdir work

EXPOSE 8888
# 0.0.0.0 is right here: inside a container it is the container's own network.
CMD ["python", "course.py", "lab", "--no-browser", "--ip=0.0.0.0"]
